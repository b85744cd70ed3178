import type { AddressInfo } from 'node:net'
import {
  createAccount,
  createServiceUser,
  type LocalAccount,
  type ServiceUser,
} from './accounts.ts'
import { createAuthenticate } from './authentication.ts'
import { type Calls, createCalls } from './calls/calls.ts'
import { createControl } from './control/control.ts'
import type { Settings } from './control/routes.ts'
import { createFaults, type Faults } from './faults/faults.ts'
import { createIam } from './iam/iam.ts'
import { setOrganizationPolicies } from './organization.ts'
import { createQueryApi } from './query.ts'
import { openS3 } from './s3/s3.ts'
import { startServer, stopServer } from './server.ts'
import { openState } from './state.ts'
import { deactivateStsRegions } from './sts/region-disabled.ts'
import { createSts } from './sts/sts.ts'

export type { LocalAccount, ServiceUser } from './accounts.ts'
export type { Fault } from './faults/fault.ts'
export type { AddedFault } from './faults/faults.ts'

export interface LocalAws extends Settings, AsyncDisposable {
  /** `http://127.0.0.1:PORT`, for all services. */
  readonly endpointUrl: string
  /** An account with an administrator. One that exists is answered as it is. */
  createAccount(options?: { accountId?: string; userName?: string }): Promise<LocalAccount>
  /** A user who may call sts:AssumeRole and nothing else. One that exists is answered as it is. */
  createServiceUser(account: LocalAccount, userName: string): Promise<ServiceUser>
  /** What goes wrong because it was asked for. */
  readonly faults: Faults
  /** The calls that came, in the words of CloudTrail. */
  readonly calls: Calls
  close(): Promise<void>
}

/** Port 0, which is the default, picks a free one. */
export async function startLocalAws(options: {
  dataDirectory: string
  port?: number
  clock?: () => Date
  log?: (fault: unknown) => void
}): Promise<LocalAws> {
  const { dataDirectory, port = 0, clock = () => new Date(), log = console.error } = options
  const state = await openState(dataDirectory)
  const authenticate = createAuthenticate(state, clock)
  const faults = createFaults()
  const calls = createCalls()
  const services = { iam: createIam(state), sts: createSts(state) }
  const query = createQueryApi({ services, clock, authenticate, faults })
  const s3 = await openS3({ dataDirectory, state, clock, authenticate, faults })
  const settings: Settings = {
    createKmsKey: (key) => s3.kmsKeys.createKey(key),
    setKmsKeyState: ({ arn, state: keyState }) => s3.kmsKeys.setState(arn, keyState),
    setOrganizationPolicies: (policies) => setOrganizationPolicies(state, policies),
    deactivateStsRegions: (options) => deactivateStsRegions(state, options),
  }
  const control = createControl({ faults, calls, settings })
  const server = await startServer({ query, s3, control, calls, clock, log }, port).catch(
    async (error) => {
      await s3.close()
      await state.close()
      throw error
    },
  )
  const address = addressOf(server.address())
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= stopServer(server)
      .then(() => s3.close())
      .then(() => state.close())
    return closing
  }
  return {
    endpointUrl: `http://127.0.0.1:${address.port}`,
    createAccount: (account = {}) => createAccount(state, clock(), account),
    createServiceUser: (account, userName) =>
      createServiceUser(state, clock(), { accountId: account.accountId, userName }),
    ...settings,
    faults,
    calls,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (typeof address === 'object' && address) return address
  throw new Error('local-aws listens on no port')
}

import type { AddressInfo } from 'node:net'
import { createAccount, createServiceUser } from './accounts.ts'
import { createAuthenticate } from './authentication.ts'
import { notImplemented } from './errors.ts'
import { createQueryApi } from './query.ts'
import { type S3, startServer, stopServer } from './server.ts'
import { openState } from './state.ts'

export interface LocalAccount {
  accountId: string
  /** Of a user with AdministratorAccess. */
  accessKeyId: string
  secretAccessKey: string
}

export interface ServiceUser {
  arn: string
  accessKeyId: string
  secretAccessKey: string
}

export interface LocalAws extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, for all services. */
  readonly endpointUrl: string
  /** An account with an administrator. One that exists is answered as it is. */
  createAccount(options?: { accountId?: string; userName?: string }): Promise<LocalAccount>
  /** A user who may call sts:AssumeRole and nothing else. One that exists is answered as it is. */
  createServiceUser(account: LocalAccount, userName: string): Promise<ServiceUser>
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
  const query = createQueryApi({ state, clock, authenticate })
  // createS3({ dataDirectory, state, clock }) of ./s3/s3.ts takes this place.
  const s3: S3 = withoutS3
  const server = await startServer({ authenticate, query, s3, clock, log }, port).catch(
    async (error) => {
      await state.close()
      throw error
    },
  )
  const address = addressOf(server.address())
  async function close() {
    await stopServer(server)
    await state.close()
  }
  return {
    endpointUrl: `http://127.0.0.1:${address.port}`,
    createAccount: (account = {}) => createAccount(state, clock(), account),
    createServiceUser: (account, userName) =>
      createServiceUser(state, clock(), { accountId: account.accountId, userName }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (typeof address === 'object' && address) return address
  throw new Error('local-aws listens on no port')
}

const withoutS3: S3 = {
  handle: () => Promise.reject(notImplemented('S3')),
  sendError(_request, response, error) {
    response.writeHead(error.status).end(error.message)
  },
}

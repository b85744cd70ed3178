import type { Calls } from '../calls/calls.ts'
import { AwsError } from '../errors.ts'
import type { FaultRules } from '../faults/faults.ts'
import type { OrganizationPolicies } from '../identities.ts'
import { type KmsKeyState, kmsKeyStates } from '../s3/kms-keys.ts'

/** What has no API of AWS here. */
export interface Settings {
  /** A KMS key that S3 can be told to use. Without a policy, the account's own policies decide. */
  createKmsKey(options: { accountId: string; region: string; policy?: string }): string
  setKmsKeyState(key: { arn: string; state: KmsKeyState }): void
  /**
   * What an organization lets the account do; without policies it is in none. `FullAWSAccess` may stand
   * for AWS's own service control policy, which is attached unless it was replaced.
   */
  setOrganizationPolicies(policies: { accountId: string } & OrganizationPolicies): Promise<void>
  /** STS gives no credentials of the account in these regions. Never in us-east-1. */
  deactivateStsRegions(options: { accountId: string; regions: string[] }): Promise<void>
}

/** What the control path reaches. */
export interface Controlled {
  faults: FaultRules
  calls: Calls
  settings: Settings
}

export interface Answer {
  status: number
  body?: unknown
}

/** By method and subject; `ID` stands for what `id` is given as. */
export type Routes = Record<string, Route>
type Route = (asked: { id: string; body: () => Promise<unknown> }) => Promise<Answer> | Answer

const done: Answer = { status: 204 }

export function routesOf({ faults, calls, settings }: Controlled): Routes {
  return {
    'GET faults': () => ({ status: 200, body: { faults: faults.list() } }),
    'POST faults': async ({ body }) => {
      const { id } = faults.addUnread(await body())
      return { status: 201, body: faults.list().find((fault) => fault.id === id) }
    },
    'DELETE faults': ({ id }) => {
      if (id === '') faults.clear()
      else if (!faults.remove(id)) throw notFound(`There is no fault ${id}.`)
      return done
    },
    'GET calls': () => ({ status: 200, body: { calls: calls.list(), forgotten: calls.forgotten } }),
    'DELETE calls': () => {
      calls.clear()
      return done
    },
    'PUT accounts/ID/organization-policies': async ({ id, body }) => {
      const given = readObject(await body(), ['serviceControl', 'resourceControl'])
      const { serviceControl, resourceControl } = given
      await settings.setOrganizationPolicies({
        accountId: id,
        ...(serviceControl !== undefined && { serviceControl: readPolicies(serviceControl) }),
        ...(resourceControl !== undefined && { resourceControl: readPolicies(resourceControl) }),
      })
      return done
    },
    'PUT accounts/ID/deactivated-sts-regions': async ({ id, body }) => {
      const { regions } = readObject(await body(), ['regions'])
      if (!Array.isArray(regions)) throw invalid('regions must be a list.')
      await settings.deactivateStsRegions({ accountId: id, regions: regions.map(String) })
      return done
    },
    'POST kms-keys': async ({ body }) => {
      const { accountId, region, policy } = readObject(await body(), [
        ...['accountId', 'region', 'policy'],
      ])
      if (typeof accountId !== 'string' || typeof region !== 'string') {
        throw invalid('accountId and region must be texts.')
      }
      const key = { accountId, region, ...(policy !== undefined && { policy: readPolicy(policy) }) }
      return { status: 201, body: { arn: settings.createKmsKey(key) } }
    },
    'PUT kms-keys': async ({ body }) => {
      const { arn, state: given } = readObject(await body(), ['arn', 'state'])
      const state = kmsKeyStates.find((it) => it === given)
      if (!state) throw invalid(`state must be one of ${kmsKeyStates.join(', ')}.`)
      settings.setKmsKeyState({ arn: String(arn), state })
      return done
    },
  }
}

function readObject(given: unknown, names: string[]): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid(`The body must be an object with ${names.join(', ')}.`)
  }
  const unknown = Object.keys(given).filter((name) => !names.includes(name))
  if (unknown.length > 0) throw invalid(`${unknown.join(', ')} is not known here.`)
  return { ...given }
}

function readPolicies(given: unknown): string[] {
  if (Array.isArray(given)) return given.map(readPolicy)
  throw invalid('Policies come as a list.')
}

/** A policy's text, or the policy itself. */
function readPolicy(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given)
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', 400, message)
}

export function notFound(message: string): AwsError {
  return new AwsError('NotFound', 404, message)
}

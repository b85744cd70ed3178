import type { Account, Identities } from '../identities.ts'
import { findManagedPolicy } from '../managed-policies.ts'
import { findText, getText } from '../parameters.ts'
import { type HolderKind, holderKinds, holderNameOf } from './holders.ts'
import { type IamCall, type IamOperation, limitExceeded, noSuchEntity } from './iam-call.ts'
import { ARN, PATH_PREFIX } from './limits.ts'
import { pageOf } from './pages.ts'

const ATTACHED_MAX = 10

function attachPolicy(kind: HolderKind): IamOperation {
  return async (call) => {
    const { name, arn } = readTarget(call, kind)
    await call.change((account, identities) => {
      const holder = kind.get(account, name)
      checkAttachable(account, identities, arn)
      if (holder.attachedPolicies.includes(arn)) return
      if (holder.attachedPolicies.length >= ATTACHED_MAX) {
        throw limitExceeded(`Cannot exceed quota for PoliciesPer${kind.word}: ${ATTACHED_MAX}`)
      }
      holder.attachedPolicies.push(arn)
    })
    return undefined
  }
}

function detachPolicy(kind: HolderKind): IamOperation {
  return async (call) => {
    const { name, arn } = readTarget(call, kind)
    await call.change((account) => {
      const holder = kind.get(account, name)
      if (!holder.attachedPolicies.includes(arn)) {
        throw noSuchEntity(`Policy ${arn} was not found.`)
      }
      holder.attachedPolicies = holder.attachedPolicies.filter((it) => it !== arn)
    })
    return undefined
  }
}

function listAttachedPolicies(kind: HolderKind): IamOperation {
  return (call) => {
    const name = holderNameOf(call, kind)
    const prefix = findText(call.parameters, 'PathPrefix', PATH_PREFIX) ?? '/'
    call.authorize(kind.arn(call.account, name))
    const policies = kind
      .get(call.account, name)
      .attachedPolicies.map((arn) => findManagedPolicy(call.identities, arn))
      .filter((policy) => policy !== undefined)
      .filter((policy) => policy.path.startsWith(prefix))
    const { items, end } = pageOf(call.parameters, policies, (policy) => policy.name)
    return {
      AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })),
      ...end,
    }
  }
}

function readTarget(call: IamCall, kind: HolderKind): { name: string; arn: string } {
  const name = holderNameOf(call, kind)
  const arn = getText(call.parameters, 'PolicyArn', ARN)
  call.authorize(kind.arn(call.account, name), { 'iam:PolicyARN': arn })
  return { name, arn }
}

/** The ARN of a policy of AWS's or the account's own. Throws NoSuchEntity for any other. */
export function checkAttachable(account: Account, identities: Identities, arn: string): string {
  const isOfOthers = !/^arn:aws:iam::(aws|\d{12}):/.test(arn) || isForeign(arn, account.accountId)
  if (!isOfOthers && findManagedPolicy(identities, arn)) return arn
  throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
}

function isForeign(arn: string, accountId: string): boolean {
  const owner = arn.split(':')[4]
  return owner !== 'aws' && owner !== accountId
}

export const attachedPolicyOperations: Record<string, IamOperation> = Object.fromEntries(
  holderKinds.flatMap((kind): [string, IamOperation][] => [
    [`Attach${kind.word}Policy`, attachPolicy(kind)],
    [`Detach${kind.word}Policy`, detachPolicy(kind)],
    [`ListAttached${kind.word}Policies`, listAttachedPolicies(kind)],
  ]),
)

import { getText } from '../parameters.ts'
import { encodeDocument } from './describe.ts'
import { type HolderKind, holderKinds, holderNameOf } from './holders.ts'
import {
  checkPolicy,
  type IamOperation,
  limitExceeded,
  noSuchEntity,
  policyCharacters,
} from './iam-call.ts'
import { POLICY_DOCUMENT, POLICY_NAME } from './limits.ts'
import { pageOf } from './pages.ts'

function putPolicy(kind: HolderKind): IamOperation {
  return async (call) => {
    const name = holderNameOf(call, kind)
    const policyName = getText(call.parameters, 'PolicyName', POLICY_NAME)
    const text = getText(call.parameters, 'PolicyDocument', POLICY_DOCUMENT)
    call.authorize(kind.arn(call.account, name))
    await call.change((account) => {
      const holder = kind.get(account, name)
      checkPolicy(text, 'identity')
      const policies = new Map(holder.inlinePolicies).set(policyName, text)
      const characters = [...policies.values()].reduce((sum, it) => sum + policyCharacters(it), 0)
      if (characters > kind.inlineCharactersMax) {
        const holderName = `${kind.word.toLowerCase()} ${name}`
        throw limitExceeded(
          `Maximum policy size of ${kind.inlineCharactersMax} bytes exceeded for ${holderName}`,
        )
      }
      holder.inlinePolicies = policies
    })
    return undefined
  }
}

function getPolicy(kind: HolderKind): IamOperation {
  return (call) => {
    const name = holderNameOf(call, kind)
    const policyName = getText(call.parameters, 'PolicyName', POLICY_NAME)
    call.authorize(kind.arn(call.account, name))
    const { inlinePolicies } = kind.get(call.account, name)
    const text = inlinePolicies.get(policyName)
    if (text === undefined) throw noSuchPolicy(kind, policyName)
    return {
      [`${kind.word}Name`]: name,
      PolicyName: policyName,
      PolicyDocument: encodeDocument(text),
    }
  }
}

function listPolicies(kind: HolderKind): IamOperation {
  return (call) => {
    const name = holderNameOf(call, kind)
    call.authorize(kind.arn(call.account, name))
    const names = [...kind.get(call.account, name).inlinePolicies.keys()]
    const { items, end } = pageOf(call.parameters, names, (it) => it)
    return { PolicyNames: items, ...end }
  }
}

function deletePolicy(kind: HolderKind): IamOperation {
  return async (call) => {
    const name = holderNameOf(call, kind)
    const policyName = getText(call.parameters, 'PolicyName', POLICY_NAME)
    call.authorize(kind.arn(call.account, name))
    await call.change((account) => {
      const { inlinePolicies } = kind.get(account, name)
      if (!inlinePolicies.delete(policyName)) throw noSuchPolicy(kind, policyName)
    })
    return undefined
  }
}

function noSuchPolicy({ word }: HolderKind, policyName: string) {
  return noSuchEntity(`The ${word.toLowerCase()} policy with name ${policyName} cannot be found.`)
}

export const inlinePolicyOperations: Record<string, IamOperation> = Object.fromEntries(
  holderKinds.flatMap((kind): [string, IamOperation][] => [
    [`Put${kind.word}Policy`, putPolicy(kind)],
    [`Get${kind.word}Policy`, getPolicy(kind)],
    [`List${kind.word}Policies`, listPolicies(kind)],
    [`Delete${kind.word}Policy`, deletePolicy(kind)],
  ]),
)

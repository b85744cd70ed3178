import { AwsError } from '../errors.ts'
import type { Account, ManagedPolicy } from '../identities.ts'
import { newId } from '../ids.ts'
import { findManagedPolicy, listAwsManagedPolicies } from '../managed-policies.ts'
import { findText, getText, listTags } from '../parameters.ts'
import {
  countAttachments,
  countBoundaries,
  describePolicy,
  encodeDocument,
  showTime,
} from './describe.ts'
import {
  alreadyExists,
  arnOf,
  checkPolicy,
  type IamCall,
  type IamOperation,
  limitExceeded,
  noSuchEntity,
  policyCharacters,
} from './iam-call.ts'
import { ARN, DESCRIPTION, PATH, PATH_PREFIX, POLICY_DOCUMENT, POLICY_NAME } from './limits.ts'
import { pageOf } from './pages.ts'

const POLICY_CHARACTERS_MAX = 6144
const VERSION_ID = 'v1'

const createPolicy: IamOperation = async (call) => {
  const { parameters, now } = call
  const name = getText(parameters, 'PolicyName', POLICY_NAME)
  const path = findText(parameters, 'Path', PATH) ?? '/'
  const text = getText(parameters, 'PolicyDocument', POLICY_DOCUMENT)
  const description = findText(parameters, 'Description', DESCRIPTION) ?? ''
  const tags = listTags(parameters)
  const arn = arnOf(call.account, 'policy', path + name)
  call.authorize(arn)
  if (policyCharacters(text) > POLICY_CHARACTERS_MAX) {
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${POLICY_CHARACTERS_MAX}`)
  }
  checkPolicy(text, 'identity')
  return call.change((account, identities) => {
    if (account.policies.has(name.toLowerCase())) {
      throw alreadyExists(
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
      )
    }
    const created = now.toISOString()
    const policy = { name, path, id: newId('ANPA'), arn, created, description, text, tags }
    account.policies.set(name.toLowerCase(), policy)
    return { Policy: describePolicy(identities, policy) }
  })
}

const getPolicy: IamOperation = (call) => {
  const policy = getPolicyByArn(call)
  const description = policy.description || undefined
  return {
    Policy: {
      ...describePolicy(call.identities, policy),
      Description: description,
      Tags: policy.tags,
    },
  }
}

const getPolicyVersion: IamOperation = (call) => {
  const policy = getPolicyByArn(call)
  const versionId = getText(call.parameters, 'VersionId', { pattern: /^v[1-9][0-9]*$/ })
  if (versionId !== VERSION_ID) {
    throw noSuchEntity(
      `Policy ${policy.arn} version ${versionId} does not exist or is not attachable.`,
    )
  }
  const version = describeVersion(policy)
  return { PolicyVersion: { Document: encodeDocument(policy.text), ...version } }
}

const listPolicyVersions: IamOperation = (call) => {
  const policy = getPolicyByArn(call)
  return { Versions: [describeVersion(policy)], IsTruncated: false }
}

const listPolicies: IamOperation = (call) => {
  const { parameters, account, identities } = call
  const scope = findText(parameters, 'Scope', { pattern: /^(All|AWS|Local)$/ }) ?? 'All'
  const prefix = findText(parameters, 'PathPrefix', PATH_PREFIX) ?? '/'
  const onlyAttached = parameters.get('OnlyAttached') === 'true'
  call.authorize(arnOf(account, 'policy', prefix))
  const found = [
    ...(scope === 'AWS' ? [] : account.policies.values()),
    ...(scope === 'Local' ? [] : listAwsManagedPolicies()),
  ].filter(({ path, arn }) => {
    return path.startsWith(prefix) && (!onlyAttached || countAttachments(identities, arn) > 0)
  })
  const { items, end } = pageOf(parameters, found, (policy) => policy.arn)
  return { Policies: items.map((policy) => describePolicy(identities, policy)), ...end }
}

const deletePolicy: IamOperation = async (call) => {
  const arn = readArn(call)
  await call.change((account, identities) => {
    const policy = [...account.policies.values()].find((it) => it.arn === arn)
    if (!policy) throw noSuchPolicy(arn)
    if (countAttachments(identities, arn) + countBoundaries(identities, arn) > 0) {
      throw new AwsError('DeleteConflict', 409, 'Cannot delete a policy attached to entities.')
    }
    account.policies.delete(policy.name.toLowerCase())
  })
  return undefined
}

function describeVersion(policy: ManagedPolicy) {
  return {
    VersionId: VERSION_ID,
    IsDefaultVersion: true,
    CreateDate: showTime(policy.created),
  }
}

function readArn(call: IamCall): string {
  const arn = getText(call.parameters, 'PolicyArn', ARN)
  call.authorize(arn)
  return arn
}

function getPolicyByArn(call: IamCall): ManagedPolicy {
  const arn = readArn(call)
  const policy = findManagedPolicy(call.identities, arn)
  if (policy && isReachable(policy, call.account)) return policy
  throw noSuchPolicy(arn)
}

function isReachable({ arn }: ManagedPolicy, { accountId }: Account): boolean {
  return ['aws', accountId].includes(arn.split(':')[4] ?? '')
}

function noSuchPolicy(arn: string): AwsError {
  return noSuchEntity(`Policy ${arn} was not found.`)
}

export const policyOperations: Record<string, IamOperation> = {
  CreatePolicy: createPolicy,
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  ListPolicyVersions: listPolicyVersions,
  ListPolicies: listPolicies,
  DeletePolicy: deletePolicy,
}

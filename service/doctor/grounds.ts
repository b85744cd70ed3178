import { type Policies, type PolicyDocument, type PolicyType, parsePolicy } from '@sluice/iam'
import { writeSessionPolicy } from '#delivery'
import { roleOf, sessionNameOf } from '#setup'
import { unknownOfSession } from './contexts.ts'
import type { ReadDocument } from './pasted.ts'
import type { Case } from './questions.ts'

/** What Sluice's own principal may do; the operator has to see to it. */
export const ownPolicy: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: ['*'] }],
}

/** AWS gives keys this policy unless they are given another. */
export function defaultKeyPolicy(accountId: string, partition: string): PolicyDocument {
  const AWS = [`arn:${partition}:iam::${accountId}:root`]
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: ['kms:*'], Resource: ['*'] }],
  }
}

/** A document that cannot be read may say anything. */
export function notGivenOf(documents: ReadDocument[] | undefined): PolicyType[] {
  const isWhole = documents?.every(({ document }) => document !== undefined) ?? false
  return isWhole ? [] : ['identity']
}

const everything: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ['*'] }, Action: ['*'], Resource: ['*'] }],
}
const everythingOfAccount: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
}

/** Of the session that an export opens, but for the resource. */
export function sessionRequest(
  { target, documents }: Case,
  of: { action: string; accountId: string },
) {
  const { partition, accountId, name } = roleOf(target.roleArn)
  const uniqueId = documents.trust?.role?.uniqueId
  return {
    principal: {
      accountId,
      arn: `arn:${partition}:sts::${accountId}:assumed-role/${name}/${sessionNameOf(target.outputId)}`,
      roleArn: target.roleArn,
      ...(uniqueId !== undefined && { uniqueId }),
    },
    action: of.action,
    resourceAccountId: of.accountId,
    unknownKeys: unknownOfSession(uniqueId !== undefined),
  }
}

/** What binds that session. */
export function sessionPolicies(it: Case): Policies {
  const { permissions, boundary, serviceControl } = it.documents
  return {
    identity: readable(permissions ?? []),
    session: [parsePolicy(writeSessionPolicy(it.target), 'session')],
    ...(boundary?.document && { boundary: boundary.document }),
    ...(serviceControl && {
      serviceControl: [withFull(readable(serviceControl), everythingOfAccount)],
    }),
    ...resourceLimit(it),
  }
}

/** What an organization says of its own resources, whoever asks. */
export function resourceLimit({ documents: { resourceControl } }: Case) {
  return resourceControl && { resourceControl: [withFull(readable(resourceControl), everything)] }
}

/**
 * Nobody pastes the policy of AWS that allows everything, so one that only denies is taken to stand beside
 * it.
 */
function withFull(documents: PolicyDocument[], full: PolicyDocument): PolicyDocument[] {
  const allows = documents.some(({ Statement }) => Statement.some((it) => it.Effect === 'Allow'))
  return allows ? documents : [...documents, full]
}

function readable(documents: ReadDocument[]): PolicyDocument[] {
  return documents.flatMap(({ document }) => document ?? [])
}

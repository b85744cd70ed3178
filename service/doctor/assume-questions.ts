import {
  type AuthorizationRequest,
  evaluateAssumeRole,
  type PolicyDocument,
  parseArn,
} from '@sluice/iam'
import { type BucketTarget, probeTexts, rightProbe, wrongProbes } from '#delivery'
import { roleOf, sessionNameOf } from '#setup'
import { ofEveryRequest, unknownOfSts } from './contexts.ts'
import { ownPolicy, resourceLimit } from './grounds.ts'
import type { Case, Question } from './questions.ts'

/** The call that opens the role, and the probes that must not. */
export function assumeQuestions(it: Case, trust: PolicyDocument): Question[] {
  const { target, make } = it
  const { externalId, roleArn } = target
  const policies = { identity: [ownPolicy], ...resourceLimit(it), trust }
  const ask = (id: string | undefined): AuthorizationRequest => ({
    principal: ourPrincipal(it.principalArn),
    action: 'sts:AssumeRole',
    resource: roleArn,
    resourceAccountId: roleOf(roleArn).accountId,
    context: {
      'sts:RoleSessionName': sessionNameOf(target.outputId),
      ...ofEveryRequest,
      'aws:ViaAWSService': 'false',
      ...(id !== undefined && { 'sts:ExternalId': id }),
    },
    unknownKeys: unknownOfSts,
  })
  const right = rightOf(target, (id) => evaluateAssumeRole(ask(id), policies).allowed)
  const wrong = [
    ...wrongProbes(externalId, 'first', make),
    ...wrongProbes(externalId, 'second', make).slice(-1),
  ]
  const shared = { isRequired: true, policies, notGiven: [] }
  return [
    {
      ...shared,
      asked: `Assume the role with ${right.isOther ? 'the other external id of the rotation' : probeTexts.right}`,
      expected: 'ALLOWED',
      request: ask(right.externalId),
      otherwise: 'Exports end in ROLE_NOT_ASSUMABLE.',
    },
    ...wrong.map((probe, at) => ({
      ...shared,
      asked: `Assume the role with ${probeTexts[probe.kind]}${missed(at)}`,
      expected: 'DENIED' as const,
      request: ask(probe.externalId),
      otherwise:
        'Exports end in ROLE_IGNORES_EXTERNAL_ID: Sluice sends nothing through a role that opens ' +
        'without its own external id.',
    })),
  ]
}

/** During a rotation an export takes the id that the role takes. */
function rightOf({ externalId, otherExternalId }: BucketTarget, isTaken: (id: string) => boolean) {
  const isOther = otherExternalId !== undefined && !isTaken(externalId) && isTaken(otherExternalId)
  return { ...rightProbe(isOther ? otherExternalId : externalId), isOther }
}

/** The last two probes differ in one character, at either end. */
const missed = (at: number) => (at < 3 ? '' : at === 3 ? ', the last' : ', the first')

/** A role's session has a name that the operator's machine chooses. */
function ourPrincipal(principalArn: string) {
  const { accountId = '', partition, resource = '' } = parseArn(principalArn) ?? {}
  if (!resource.startsWith('role/')) return { accountId, arn: principalArn }
  const name = resource.slice(resource.lastIndexOf('/') + 1)
  const arn = `arn:${partition}:sts::${accountId}:assumed-role/${name}/the-service`
  return { accountId, arn, roleArn: principalArn }
}

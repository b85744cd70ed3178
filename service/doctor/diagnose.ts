import { type PolicyDocument, parseArn } from '@sluice/iam'
import type { BucketTarget } from '#delivery'
import type { SetupValues } from '#setup'
import { bucketOwnerOf, roleOf } from '#setup'
import { adviseLess } from './advise.ts'
import { check } from './checks.ts'
import { writeCorrected } from './corrected.ts'
import { ownPolicy } from './grounds.ts'
import type { OtherOutput } from './lint.ts'
import { lintTrust } from './lint-trust.ts'
import { listDocuments, type PastedDocuments, type ReadDocument, readDocuments } from './pasted.ts'
import { type Case, listQuestions } from './questions.ts'
import type { Check, Finding, Report, Verdict } from './report.ts'
import type { Names } from './words.ts'

interface Diagnosis {
  readonly target: BucketTarget
  readonly principalArn: string
  /** What the set-up kit is written from; its external ids are those that the role may demand. */
  readonly setup: SetupValues
  readonly documents: PastedDocuments
  /** The organization's own, to tell a mix-up of external ids. */
  readonly otherOutputs: readonly OtherOutput[]
  /** Makes ids that nobody was ever given. */
  readonly make: Case['make']
}

/**
 * Evaluates pasted policies as AWS would for exactly the calls of an export, before AWS is touched, and
 * names the statement that decides. Pure.
 */
export function diagnose(it: Diagnosis): Report {
  const documents = readDocuments(it.documents)
  const read = listDocuments(documents)
  const names = namesOf(read)
  const about: Case = { ...it, documents }
  const checks = listQuestions(about).map((question) => check(question, names))
  const trust = documents.trust?.document
  const findings = [
    ...(trust ? lintTrust(trust, { ...it, ownExternalIds: it.setup.externalIds }) : []),
    ...lintRole(about),
    ...adviseLess(about, names),
  ]
  return {
    verdict: verdictOf(read, checks, about),
    documents: read.map(({ member, document, problem }) => {
      return { member, statements: document?.Statement.length ?? 0, problem }
    }),
    checks,
    findings,
    assumptions: listAssumptions(about),
    corrected: writeCorrected(it.setup),
  }
}

function namesOf(documents: ReadDocument[]): Names {
  const known = new Map<PolicyDocument, ReadDocument>()
  for (const read of documents) if (read.document) known.set(read.document, read)
  return {
    find: ({ document, index }) => {
      const read = known.get(document)
      if (read === undefined)
        return {
          name: document === ownPolicy ? 'Sluice’s own permissions' : 'a policy taken for granted',
          place: undefined,
        }
      const sid = document.Statement[index]?.Sid
      return { name: read.name, place: { member: read.member, statement: index + 1, sid } }
    },
  }
}

/** A document that nobody can read is one that AWS would not take either. */
function verdictOf(read: ReadDocument[], checks: Check[], { documents }: Case): Verdict {
  const required = checks.filter(({ isRequired }) => isRequired)
  const isOther = ({ answer, expected }: Check) => answer !== 'UNDECIDED' && answer !== expected
  if (read.some(({ problem }) => problem !== undefined) || required.some(isOther)) return 'FAILED'
  const isWhole = documents.trust !== undefined && documents.permissions !== undefined
  return isWhole && required.every(({ answer }) => answer !== 'UNDECIDED') ? 'PASSED' : 'UNDECIDED'
}

/** What the answer of `aws iam get-role` tells beside the policy. */
function lintRole({ target, documents }: Case): Finding[] {
  const { role } = documents.trust ?? {}
  const { boundary } = documents
  const findings: Finding[] = []
  if (role?.arn !== undefined && role.arn !== target.roleArn)
    findings.push({
      code: 'ROLE_DIFFERS',
      severity: 'ERROR',
      place: undefined,
      message: `This is the trust policy of ${role.arn}, and the output’s role is ${target.roleArn}.`,
      remedy: `Paste what this prints: aws iam get-role --role-name ${roleOf(target.roleArn).name}`,
    })
  if (role?.boundaryArn !== undefined && !boundary)
    findings.push({
      code: 'BOUNDARY_NOT_GIVEN',
      severity: 'WARNING',
      place: undefined,
      message: `The role has the permissions boundary ${role.boundaryArn}, which was not given: it may deny what the policies allow.`,
      remedy: 'Give the boundary’s text too: aws iam get-policy-version.',
    })
  return findings
}

function listAssumptions({ target, principalArn, documents }: Case): string[] {
  const { trust, permissions, bucket, key, serviceControl, resourceControl } = documents
  const keyAccount = target.kmsKeyArn && parseArn(target.kmsKeyArn)?.accountId
  const isOwnKey = keyAccount === roleOf(target.roleArn).accountId
  const all: (string | false | undefined)[] = [
    !trust && 'No trust policy was given, so nothing is said about who may assume the role.',
    !permissions && 'No permissions policy was given, so what the role may do is not known.',
    trust && `The policies of ${principalArn} allow it sts:AssumeRole: the operator sees to that.`,
    !bucket &&
      bucketOwnerOf(target) === roleOf(target.roleArn).accountId &&
      'The bucket has no policy that denies, since none was given.',
    isOwnKey && !key && 'The key has AWS’s default policy, since no other was given.',
    !target.kmsKeyArn &&
      !key &&
      'The bucket encrypts with S3’s own keys; give the key policy if it uses a KMS key.',
    !serviceControl && !resourceControl && 'No policy of an AWS organization limits the accounts.',
  ]
  return all.filter((it) => typeof it === 'string')
}

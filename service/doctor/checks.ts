import { type Decision, type Explanation, explain, type StatementReference } from '@sluice/iam'
import type { Question } from './questions.ts'
import type { Answer, Check, StatementPlace } from './report.ts'
import { explainInWords, layerName, type Names } from './words.ts'

/** Asks the policies what an export would ask AWS. */
export function check(question: Question, names: Names): Check {
  const explanation = explain(question.request, question.policies)
  const answer = answerOf(explanation, question)
  const isFine = answer === question.expected
  const { asked, expected, isRequired, request } = question
  return {
    asked,
    action: request.action,
    resource: request.resource,
    expected,
    answer,
    isRequired,
    decidedBy: placeOf(explanation, names),
    explanation: isHidden(explanation.decision, question)
      ? hiddenText
      : withConsequence(explainInWords(explanation, question, names), question, answer),
    remedy: isFine ? undefined : remedyOf(explanation, question, answer),
  }
}

/** What is unknown refuses; only what nothing could change is denied. */
function answerOf({ decision, atBest }: Explanation, question: Question): Answer {
  const { notGiven } = question
  if (decision.allowed) return 'ALLOWED'
  if (isHidden(decision, question)) return 'UNDECIDED'
  if (atBest.allowed) return 'UNDECIDED'
  const isMissing = !decision.explicit && notGiven.includes(decision.policyType)
  return isMissing ? 'UNDECIDED' : 'DENIED'
}

const hiddenText =
  'A resource control policy denies it before the trust policy is looked at, so Sluice cannot see that the ' +
  'trust policy demands the id, and sends nothing.'

/** Sluice counts a wrong id as refused only when the trust policy refuses it; AWS names the first that denies. */
function isHidden(decision: Decision, { expected }: Question): boolean {
  return expected === 'DENIED' && !decision.allowed && decision.policyType === 'resourceControl'
}

function placeOf({ decision, misses }: Explanation, names: Names): StatementPlace | undefined {
  const reference = 'statement' in decision ? decision.statement : misses[0]?.statement
  return reference && names.find(reference).place
}

function withConsequence(text: string, { expected, otherwise }: Question, answer: Answer): string {
  if (answer === expected || answer === 'UNDECIDED') return text
  return `${text} ${otherwise}`
}

function remedyOf(explanation: Explanation, question: Question, answer: Answer): string {
  const { decision } = explanation
  if (isHidden(decision, question))
    return 'Let the resource control policy leave sts:AssumeRole on this role to its trust policy.'
  if (question.expected === 'DENIED')
    return answer === 'ALLOWED'
      ? 'Let the trust policy demand the output’s external id by StringEquals: paste corrected.trustPolicy ' +
          'in place of the whole policy.'
      : 'Make sure that no request without the right external id can meet the condition.'
  if (decision.allowed) return ''
  const layer = layerName(decision.policyType, question)
  if (answer === 'UNDECIDED' && !explanation.atBest.allowed) return `Give ${layer} too.`
  if (answer === 'UNDECIDED')
    return 'Make sure that the request meets the condition, or take the condition away.'
  if (decision.explicit) return explicitRemedy(decision.statement, question, layer)
  return implicitRemedies[decision.policyType](question)
}

/** Of keys whose value an output decides. */
const byOutput: Record<string, string> = {
  's3:x-amz-server-side-encryption':
    'create the output with its kmsKeyArn, so that Sluice sends it',
  's3:x-amz-server-side-encryption-aws-kms-key-id':
    'create the output with its kmsKeyArn, so that Sluice sends it',
  's3:x-amz-acl':
    'create the output with bucketOwnerFullControl and expectedBucketOwner, so that Sluice sends it',
}

function explicitRemedy(
  { document, index }: StatementReference,
  { request }: Question,
  layer: string,
): string {
  const leaveOut = `let that statement of ${layer} leave out ${request.action} on this resource for the role`
  const condition = document.Statement[index]?.Condition ?? {}
  const keys = Object.values(condition).flatMap((it) => Object.keys(it))
  const own = keys.map((key) => byOutput[key.toLowerCase()]).find((it) => it !== undefined)
  const text = own ? `${own}; or ${leaveOut}.` : `${leaveOut}.`
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const implicitRemedies = {
  identity: () => 'Give the role the permissions in corrected.permissionsPolicy.',
  boundary: ({ request }: Question) =>
    `Let the permissions boundary allow ${request.action} on ${request.resource} as well, or give the ` +
    'role another boundary.',
  session: () => 'This is Sluice’s own policy: the fault is ours. Tell the operator.',
  resource: ({ request }: Question) =>
    request.action === 'sts:AssumeRole'
      ? 'Paste corrected.trustPolicy in place of the whole trust policy.'
      : request.action.startsWith('kms:')
        ? 'Add the statements of corrected.kmsKeyPolicy to the key’s policy.'
        : 'Add the statements of corrected.bucketPolicy to the bucket’s policy.',
  serviceControl: ({ request }: Question) =>
    `Ask whoever administers your AWS organization to allow ${request.action} for this account.`,
  resourceControl: ({ request }: Question) =>
    `Ask whoever administers your AWS organization to allow ${request.action} on this account’s resources.`,
}

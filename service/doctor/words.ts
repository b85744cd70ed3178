import type { ElementReading, Explanation, Miss, PolicyType, StatementReference } from '@sluice/iam'
import type { Question } from './questions.ts'
import type { StatementPlace } from './report.ts'

/** Where the documents of a case stand, and what people call them. */
export interface Names {
  find(reference: StatementReference): { name: string; place: StatementPlace | undefined }
}

const layers: Record<PolicyType, string> = {
  identity: 'the role’s permissions policies',
  boundary: 'the permissions boundary',
  session: 'Sluice’s own session policy',
  resource: 'the bucket policy',
  serviceControl: 'the service control policies',
  resourceControl: 'the resource control policies',
}
const VALUES_MAX = 4
const VALUE_LENGTH_MAX = 120

/** What decides, in a sentence or two. */
export function explainInWords(
  { decision, atBest, misses }: Explanation,
  question: Question,
  names: Names,
): string {
  const { request } = question
  if (decision.allowed) return `${statementName(decision.statement, names)} allows it.`
  const layer = layerName(decision.policyType, question)
  const missing = question.notGiven.includes(decision.policyType)
  if (missing && !decision.explicit)
    return `No document that was given allows it; ${layer} may, and was not given.`
  const [nearest] = misses
  if (atBest.allowed) return undecided(nearest, request, names)
  if (decision.explicit) return denied(decision.statement, names)
  if (nearest === undefined)
    return `${capital(layer)} ${isMany(layer) ? 'allow' : 'allows'} nothing.`
  const faults = nearest.elements.map((element) => faultOf(element, nearest, question))
  return (
    `No statement of ${layer} allows it. ` +
    `${statementName(nearest.statement, names)} comes nearest: ${faults.join('; ')}.`
  )
}

function undecided(miss: Miss | undefined, request: Question['request'], names: Names): string {
  if (miss === undefined) return 'It hangs on what is known only when the request is made.'
  const hanging = miss.elements.filter(({ truth }) => truth === 'unknown')
  const what = hanging.map((element) =>
    element.element === 'Condition'
      ? `${element.condition.operator} ${element.condition.key} ${list(element.condition.wanted)}`
      : `its ${element.element}, for ${request.resource}`,
  )
  return (
    `It hangs on what is known only when the request is made: ${what.join(', ')} in ` +
    `${lower(statementName(miss.statement, names))}.`
  )
}

function denied(reference: StatementReference, names: Names): string {
  const { Condition: condition = {} } = reference.document.Statement[reference.index] ?? {}
  const conditions = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) => `${operator} ${key} ${list(wanted)}`),
  )
  const why = conditions.length > 0 ? `, because ${conditions.join(' and ')} holds` : ''
  return `${statementName(reference, names)} denies it${why}.`
}

function faultOf(element: ElementReading, miss: Miss, { request }: Question): string {
  const statement = miss.statement.document.Statement[miss.statement.index]
  switch (element.element) {
    case 'Principal':
      return `its Principal is ${list(Object.values(statement?.Principal ?? {}).flat())}, and the request comes from ${nameOf(request.principal)}`
    case 'Action':
      return statement?.NotAction
        ? `its NotAction leaves out ${request.action}`
        : `its Action is ${list(statement?.Action ?? [])}, not ${request.action}`
    case 'Resource':
      return statement?.NotResource
        ? `its NotResource leaves out ${request.resource}`
        : `its Resource is ${list(statement?.Resource ?? [])}, and does not cover ${request.resource}`
    case 'Condition': {
      const { operator, key, wanted } = element.condition
      return `${operator} ${key} is ${list(wanted)}, and ${hasInWords(element)}`
    }
  }
}

function hasInWords({ truth, condition }: ElementReading & { element: 'Condition' }): string {
  if (condition.values !== undefined) return `the request has ${list(condition.values)}`
  return truth === 'unknown'
    ? 'what the request has is not known before'
    : 'the request does not carry it'
}

function nameOf(principal: Question['request']['principal']): string {
  return principal === 'anonymous' ? 'nobody' : (principal.roleArn ?? principal.arn)
}

/** AssumeRole's resource policy is the trust policy, and a key's is its own. */
export function layerName(policyType: PolicyType, { request }: Question): string {
  if (policyType !== 'resource') return layers[policyType]
  if (request.action === 'sts:AssumeRole') return 'the trust policy'
  return request.action.startsWith('kms:') ? 'the key policy' : layers.resource
}

const isMany = (layer: string) => layer.endsWith('policies')

function statementName(reference: StatementReference, names: Names): string {
  const { name } = names.find(reference)
  const { Sid: sid } = reference.document.Statement[reference.index] ?? {}
  return `Statement ${reference.index + 1}${sid ? ` (${sid})` : ''} of ${name}`
}

/** Values as they stand in JSON, and not too many. */
export function list(values: readonly string[]): string {
  const shown = values.slice(0, VALUES_MAX).map((value) => {
    const cut = value.length > VALUE_LENGTH_MAX ? `${value.slice(0, VALUE_LENGTH_MAX)}…` : value
    return JSON.stringify(cut)
  })
  const more = values.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

import type { Statement } from '@sluice/iam'
import { type Lint, type Linted, moreOf } from './lint.ts'
import { list } from './words.ts'

/** One operator on the external id, or on what may be meant for it. */
interface Demand {
  readonly operator: string
  readonly key: string
  readonly wanted: string[]
}

const KEY = 'sts:externalid'

/** Whether an Allow demands the output's external id, and nothing less. */
export function lintExternalId({ Condition: condition = {} }: Statement, it: Linted): Lint[] {
  const demands = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]): Demand => ({ operator, key, wanted })),
  )
  const onId = demands.filter(({ key }) => key.toLowerCase() === KEY)
  if (onId.length === 0) return lintAbsence(demands, it)
  return onId.flatMap((demand) => lintDemand(demand, it))
}

const remedyOf = ({ target }: Linted) =>
  `Let the Condition be { "StringEquals": { "sts:ExternalId": "${target.externalId}" } }.`

function lintAbsence(demands: Demand[], it: Linted): Lint[] {
  const remedy = remedyOf(it)
  const likely = demands.find(({ key }) => /external/i.test(key))
  if (likely !== undefined)
    return [
      {
        code: 'OTHER_CONDITION_KEY',
        severity: 'ERROR',
        message: `AWS knows no condition key ${likely.key}; it is spelt sts:ExternalId.`,
        remedy,
      },
    ]
  if (demands.length === 0)
    return [
      {
        code: 'NO_EXTERNAL_ID',
        severity: 'ERROR',
        message:
          'This statement demands no external id: whoever makes Sluice use the role’s ARN could reach the bucket.',
        remedy,
      },
    ]
  const keys = [...new Set(demands.map(({ key }) => key))]
  return [
    {
      code: 'OTHER_CONDITION_KEY',
      severity: 'ERROR',
      message: `This statement has a condition on ${keys.join(', ')}, and none on sts:ExternalId.`,
      remedy,
    },
  ]
}

/** Each operator that lets ids in which are not the output's, and why. */
function lintDemand({ operator, wanted }: Demand, it: Linted): Lint[] {
  const remedy = remedyOf(it)
  const error = (code: Lint['code'], message: string): Lint[] => [
    { code, severity: 'ERROR', message, remedy },
  ]
  if (operator === 'Null')
    return error(
      'EXTERNAL_ID_NOT_COMPARED',
      wanted.includes('true')
        ? 'Null "true" demands that there is no external id, and Sluice always sends one.'
        : 'Null "false" demands some external id, and takes any.',
    )
  if (operator.endsWith('IfExists'))
    return error(
      'EXTERNAL_ID_OPTIONAL',
      `${operator} is also met by a request without an external id.`,
    )
  if (operator.startsWith('ForAllValues:'))
    return error(
      'EXTERNAL_ID_OPTIONAL',
      'ForAllValues: is also met by a request without an external id.',
    )
  if (operator.includes('Not'))
    return error('EXTERNAL_ID_NOT_COMPARED', `${operator} takes every external id but those.`)
  const isPattern = /Like$/.test(operator)
  const open = isPattern ? wanted.filter((value) => /[*?]/.test(value)) : []
  if (open.length > 0)
    return error(
      'EXTERNAL_ID_WILDCARD',
      `${operator} ${list(open)} is a pattern, and takes ids that are not this output’s.`,
    )
  return lintValues({ operator, wanted }, it)
}

function lintValues({ operator, wanted }: Omit<Demand, 'key'>, it: Linted): Lint[] {
  const { externalId, otherExternalId } = it.target
  const remedy = remedyOf(it)
  const own = [externalId, otherExternalId]
  const others = wanted.filter((value) => !own.includes(value))
  const foreign = it.otherOutputs.find((output) => others.includes(output.externalId))
  if (others.length < wanted.length) {
    const ignoresCase = /IgnoreCase/.test(operator)
    return [
      ...(others.length > 0
        ? [moreOf(others, 'MORE_EXTERNAL_IDS', 'also takes the external ids')]
        : []),
      ...(ignoresCase
        ? [
            {
              code: 'EXTERNAL_ID_CASE_IGNORED' as const,
              severity: 'WARNING' as const,
              message: `${operator} also takes the external id in other capitals.`,
              remedy,
            },
          ]
        : []),
    ]
  }
  if (foreign !== undefined)
    return [
      {
        code: 'EXTERNAL_ID_OF_OTHER_OUTPUT',
        severity: 'ERROR',
        message: `This is the external id of your output ${foreign.outputId}; this output’s is ${externalId}.`,
        remedy,
      },
    ]
  const plain = (text: string) =>
    text
      .trim()
      .replace(/^["']|["']$/g, '')
      .toLowerCase()
  const misspelt = wanted.find((value) => plain(value) === plain(externalId))
  if (misspelt !== undefined)
    return [
      {
        code: 'EXTERNAL_ID_MISSPELT',
        severity: 'ERROR',
        message: `${list([misspelt])} differs from this output’s external id only in capitals, spaces or quotes, and AWS compares every character.`,
        remedy,
      },
    ]
  return [
    {
      code: 'EXTERNAL_ID_DIFFERS',
      severity: 'ERROR',
      message: `The external id is ${list(wanted)}, and this output’s is ${externalId}.`,
      remedy,
    },
  ]
}

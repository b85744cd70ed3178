import { type Comparison, findComparison } from './comparison.ts'
import { isKnownKey } from './condition-keys.ts'
import type { Context } from './context.ts'
import { hasUnknownVariables, type Variables } from './pattern.ts'
import type { Condition } from './policy.ts'
import { every, not, some, type Truth } from './truth.ts'

/**
 * How a condition operator is written: `[ForAnyValue:|ForAllValues:]Comparison[IfExists]`, or
 * `Null`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
interface Operator {
  over: 'one' | 'any' | 'all'
  comparison: Comparison | 'Null'
  ifExists: boolean
}

const OPERATOR = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/

/** Undefined when AWS has no such operator. Names are compared with their case. */
export function readOperator(name: string): Operator | undefined {
  const [, set, base, ifExists] = OPERATOR.exec(name) ?? []
  if (base === 'Null' && !set && !ifExists)
    return { over: 'one', comparison: 'Null', ifExists: false }
  const comparison = base === undefined ? undefined : findComparison(base)
  if (!comparison) return undefined
  const over = set === undefined ? 'one' : set === 'ForAnyValue' ? 'any' : 'all'
  return { over, comparison, ifExists: ifExists !== undefined }
}

/** What one condition key had to be, what the request has, and what came of it. */
export interface ConditionReading {
  operator: string
  key: string
  wanted: string[]
  /** Of the request; undefined when it lacks the key. */
  values: string[] | undefined
  truth: Truth
}

/**
 * Every operator and key must hold; of the values of one key, one must, or none for a negated
 * operator.
 */
export function* readConditions(
  condition: Condition,
  context: Context,
  variables: Variables | undefined,
): Generator<ConditionReading> {
  for (const [operator, keys] of Object.entries(condition)) {
    for (const [key, wanted] of Object.entries(keys)) {
      const values = context.values(key)
      const truth = evaluateKey({ operator, key, wanted }, context, variables)
      yield { operator, key, wanted, values, truth }
    }
  }
}

function evaluateKey(
  { operator: name, key, wanted }: { operator: string; key: string; wanted: string[] },
  context: Context,
  variables: Variables | undefined,
): Truth {
  const operator = readOperator(name)
  const values = context.values(key)
  if (!operator || context.isUnknown(key)) return 'unknown'
  // A key nobody defined may be a slip of the pen: its absence must not let a Not… pass.
  if (!values && !isKnownKey(key)) return 'unknown'
  return compareKey(operator, wanted, values, variables)
}

function compareKey(
  { over, comparison, ifExists }: Operator,
  wanted: string[],
  values: string[] | undefined,
  variables: Variables | undefined,
): Truth {
  if (comparison === 'Null') return some(wanted, (value) => isNull(value, values))
  if (!values) return ifExists || over === 'all' || (over === 'one' && comparison.isNegated)
  const holds = (value: string) => compareWith(comparison, wanted, value, variables)
  if (over === 'any') return some(values, holds)
  // AWS leaves open what several values mean without a set operator.
  if (over === 'one' && values.length > 1) return 'unknown'
  return every(values, holds)
}

function isNull(wanted: string, values: string[] | undefined): Truth {
  const mustBeAbsent = wanted.toLowerCase() === 'true'
  if (!mustBeAbsent && wanted.toLowerCase() !== 'false') return 'unknown'
  return (values === undefined) === mustBeAbsent
}

function compareWith(
  { isNegated, compare }: Comparison,
  wanted: string[],
  value: string,
  variables: Variables | undefined,
): Truth {
  const isAmong = some(wanted, (it) => {
    const result = compare(it, value, variables)
    // A variable without a value equals nothing; that must not make a negated operator hold.
    if (result !== 'unresolved') return result
    return (isNegated || hasUnknownVariables(it, variables)) && 'unknown'
  })
  return isNegated ? not(isAmong) : isAmong
}

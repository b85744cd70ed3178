import { readOperator } from './condition.ts'
import { isKnownKey } from './condition-keys.ts'
import { hasValidVariables } from './pattern.ts'
import { type Condition, type Grammar, PolicyError } from './policy.ts'
import { isRecord } from './shape.ts'

type Values = Record<string, string[]>

/**
 * Throws PolicyError for an operator that does not exist, and for values that it could not
 * compare.
 */
export function readCondition(value: unknown, grammar: Grammar): Condition {
  if (!isRecord(value))
    throw new PolicyError('Syntax errors in policy. Condition must be an object.')
  const operators = Object.entries(value).map(([name, keys]): [string, Values] => {
    if (!readOperator(name)) throw new PolicyError(`Invalid Condition type : ${name}.`)
    if (!isRecord(keys) || Object.keys(keys).length === 0) {
      throw new PolicyError(`Syntax errors in policy. ${name} must name condition keys.`)
    }
    return [name, readKeys(name, keys, grammar)]
  })
  return Object.fromEntries(operators)
}

function readKeys(operator: string, keys: Record<string, unknown>, grammar: Grammar): Values {
  const seen = new Set<string>()
  const read = Object.entries(keys).map(([key, value]): [string, string[]] => {
    checkKey(key, grammar)
    if (seen.has(key.toLowerCase())) throw new PolicyError(`Condition key ${key} is given twice.`)
    seen.add(key.toLowerCase())
    const values = readValues(key, value)
    for (const it of values) checkValue(operator, it, grammar)
    return [key, values]
  })
  return Object.fromEntries(read)
}

/** S3 refuses keys it does not know; IAM takes them, and they never hold. */
function checkKey(key: string, { kind }: Grammar): void {
  if (!/^[A-Za-z0-9.-]+:./.test(key)) {
    throw new PolicyError(
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    )
  }
  if (kind === 'resource' && !isKnownKey(key)) {
    throw new PolicyError(`Policy has an invalid condition key: ${key}`)
  }
}

/** JSON numbers and booleans are taken as their text, as AWS does. */
function readValues(key: string, value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  if (values.length === 0) {
    throw new PolicyError(`Syntax errors in policy. ${key} must have at least one value.`)
  }
  return values.map((it) => {
    if (typeof it === 'string') return it
    if (typeof it === 'number' || typeof it === 'boolean') return String(it)
    throw new PolicyError(`Syntax errors in policy. ${key} must hold strings, numbers or booleans.`)
  })
}

function checkValue(name: string, value: string, { hasVariables }: Grammar): void {
  const comparison = readOperator(name)?.comparison
  if (comparison === undefined) return
  const isReadable =
    comparison === 'Null' ? /^(true|false)$/i.test(value) : comparison.accepts(value)
  if (!isReadable) throw new PolicyError(`Value ${JSON.stringify(value)} is not valid for ${name}.`)
  const takesVariables = /String|Arn/.test(name)
  if (takesVariables && hasVariables && !hasValidVariables(value)) {
    throw new PolicyError(`Value ${JSON.stringify(value)} holds a malformed policy variable.`)
  }
}

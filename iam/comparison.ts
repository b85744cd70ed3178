import { matchesArn } from './match.ts'
import { expandVariables, matchesPattern, readPattern, type Variables } from './pattern.ts'
import type { Truth } from './truth.ts'
import { addressRangeHolds, readBinary, readBool, readDate, readNumber } from './values.ts'

/**
 * Compares a value of the policy with one of the request. `'unresolved'`: a variable has no value.
 */
type Compare = (
  wanted: string,
  value: string,
  variables: Variables | undefined,
) => Truth | 'unresolved'

export interface Comparison {
  compare: Compare
  /** The operator holds when no value of the policy compares. */
  isNegated: boolean
  /** Whether a value of the policy can be read at all. */
  accepts(wanted: string): boolean
}

/** By the operator's name without set prefix and IfExists. */
export function findComparison(name: string): Comparison | undefined {
  return comparisons.get(name)
}

const equalText = text((wanted, value) => wanted === value)
const equalIgnoringCase = text((wanted, value) => wanted.toLowerCase() === value.toLowerCase())
const lessThan = (wanted: number, value: number) => value < wanted
const atMost = (wanted: number, value: number) => value <= wanted
const greaterThan = (wanted: number, value: number) => value > wanted
const atLeast = (wanted: number, value: number) => value >= wanted
const same = <T>(wanted: T, value: T) => value === wanted

const comparisons: ReadonlyMap<string, Comparison> = new Map([
  ...pair('StringEquals', 'StringNotEquals', equalText),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', equalIgnoringCase),
  ...pair('StringLike', 'StringNotLike', { compare: likeText, accepts: () => true }),
  ...pair('NumericEquals', 'NumericNotEquals', typed(readNumber, same)),
  ...one('NumericLessThan', typed(readNumber, lessThan)),
  ...one('NumericLessThanEquals', typed(readNumber, atMost)),
  ...one('NumericGreaterThan', typed(readNumber, greaterThan)),
  ...one('NumericGreaterThanEquals', typed(readNumber, atLeast)),
  ...pair('DateEquals', 'DateNotEquals', typed(readDate, same)),
  ...one('DateLessThan', typed(readDate, lessThan)),
  ...one('DateLessThanEquals', typed(readDate, atMost)),
  ...one('DateGreaterThan', typed(readDate, greaterThan)),
  ...one('DateGreaterThanEquals', typed(readDate, atLeast)),
  ...one('Bool', typed(readBool, same)),
  ...one('BinaryEquals', typed(readBinary, same)),
  ...pair('IpAddress', 'NotIpAddress', {
    compare: (wanted, value) => addressRangeHolds(wanted, value),
    accepts: (wanted) => addressRangeHolds(wanted, '::1') !== 'unknown',
  }),
  ...pair('ArnEquals', 'ArnNotEquals', { compare: likeArn, accepts: () => true }),
  ...pair('ArnLike', 'ArnNotLike', { compare: likeArn, accepts: () => true }),
])

type Positive = Omit<Comparison, 'isNegated'>

function one(name: string, positive: Positive): [string, Comparison][] {
  return [[name, { ...positive, isNegated: false }]]
}

function pair(name: string, negatedName: string, positive: Positive): [string, Comparison][] {
  return [...one(name, positive), [negatedName, { ...positive, isNegated: true }]]
}

function text(isEqual: (wanted: string, value: string) => boolean): Positive {
  const compare: Compare = (wanted, value, variables) => {
    const expanded = expandVariables(wanted, variables)
    return expanded === undefined ? 'unresolved' : isEqual(expanded, value)
  }
  return { compare, accepts: () => true }
}

/** Operators over values with a form of their own; these take no variables. */
function typed<T>(
  read: (text: string) => T | undefined,
  holds: (wanted: T, value: T) => boolean,
): Positive {
  const compare: Compare = (wanted, value) => {
    const wantedValue = read(wanted)
    const askedValue = read(value)
    if (wantedValue === undefined || askedValue === undefined) return 'unknown'
    return holds(wantedValue, askedValue)
  }
  return { compare, accepts: (wanted) => read(wanted) !== undefined }
}

function likeText(wanted: string, value: string, variables: Variables | undefined) {
  const pattern = readPattern(wanted, variables)
  return pattern === undefined ? 'unresolved' : matchesPattern(pattern, value)
}

function likeArn(wanted: string, value: string, variables: Variables | undefined) {
  const truth = matchesArn(wanted, value, variables)
  return truth === 'unknown' ? 'unresolved' : truth
}

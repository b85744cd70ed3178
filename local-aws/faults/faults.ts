import { AwsError } from '../errors.ts'
import { decideFault, type Facts, type FaultRule } from './decide.ts'
import type { Fault } from './fault.ts'
import { readFault } from './read-fault.ts'

/** A fault that was asked for: how often it was met and struck, and the way to end it. */
export interface AddedFault extends Disposable {
  readonly id: string
  /** Calls that it was about, whether it struck them or not. */
  readonly matched: number
  readonly struck: number
  remove(): void
}

/** Faults on request. They hold for this process: a new start begins without. */
export interface Faults {
  /** Throws a TypeError for what is no fault. */
  add(fault: Fault): AddedFault
  list(): (Fault & { id: string; matched: number; struck: number })[]
  clear(): void
}

export interface FaultRules extends Faults {
  /** Reads what came from outside. */
  addUnread(fault: unknown): AddedFault
  /** False when there is no such fault. */
  remove(id: string): boolean
  /** To be asked once per call. */
  decide(facts: Facts): FaultRule | undefined
}

const RULES_MAX = 100

export function createFaults(): FaultRules {
  let rules: FaultRule[] = []
  let last = 0

  function remove(id: string): boolean {
    const others = rules.filter((rule) => rule.id !== id)
    const isThere = others.length < rules.length
    rules = others
    return isThere
  }

  function addUnread(given: unknown): AddedFault {
    const fault = readFault(given)
    if (rules.length >= RULES_MAX) throw tooMany()
    last += 1
    const rule: FaultRule = { id: `fault-${last}`, fault, matched: 0, struck: 0 }
    rules = [...rules, rule]
    return {
      id: rule.id,
      get matched() {
        return rule.matched
      },
      get struck() {
        return rule.struck
      },
      remove: () => void remove(rule.id),
      [Symbol.dispose]: () => void remove(rule.id),
    }
  }

  return {
    add: addUnread,
    addUnread,
    remove,
    list: () => rules.map(({ id, fault, matched, struck }) => ({ ...fault, id, matched, struck })),
    clear: () => {
      rules = []
    },
    decide(facts) {
      const decision = decideFault(rules, facts)
      // In place: whoever added a rule goes on reading its counts, also when it was removed.
      for (const [at, rule] of rules.entries()) Object.assign(rule, decision.rules[at])
      return decision.struck
    },
  }
}

function tooMany(): AwsError {
  return new AwsError('LimitExceeded', 409, `There are ${RULES_MAX} faults already; remove some.`)
}

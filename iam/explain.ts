import { type Decision, decide, questionOf } from './evaluate.ts'
import { type AssumeRolePolicies, layersOf, type Policies, type PolicyType } from './policies.ts'
import type { AuthorizationRequest } from './request.ts'
import {
  type ElementReading,
  type Question,
  readElements,
  type StatementReference,
} from './statement.ts'

export interface Explanation {
  /** As `evaluate` decides: what is unknown refuses. */
  decision: Decision
  /** As it would be if what is unknown were as the principal wishes; where it differs, nobody can say. */
  atBest: Decision
  /**
   * What stood in the way: of a denial or a doubt about one the statement that denies; where nothing
   * allows, the statements of that kind that could, nearest first.
   */
  misses: Miss[]
}

/** The elements of a statement that are not true; for a Deny, that are not false. */
export interface Miss {
  policyType: PolicyType
  statement: StatementReference
  elements: ElementReading[]
}

/** The decision of `evaluate` and `evaluateAssumeRole`, by the same steps, with its reasons. */
export function explain(
  request: AuthorizationRequest,
  policies: Policies | AssumeRolePolicies,
): Explanation {
  const question = questionOf(request, policies)
  const decision = decide(question, policies)
  const atBest = decision.allowed ? decision : decide({ ...question, doubt: 'allows' }, policies)
  return { decision, atBest, misses: missesOf(decision, question, policies) }
}

function missesOf(
  decision: Decision,
  question: Question,
  policies: Policies | AssumeRolePolicies,
): Miss[] {
  if (decision.allowed) return []
  const { policyType } = decision
  if (decision.explicit) return [missOf(decision.statement, policyType, question)]
  const levels = layersOf(policies)[policyType] ?? []
  return levels
    .flat()
    .flatMap((document) => document.Statement.map((_, index) => ({ document, index })))
    .filter(({ document, index }) => document.Statement[index]?.Effect === 'Allow')
    .map((statement) => missOf(statement, policyType, question))
    .sort((a, b) => distanceOf(a) - distanceOf(b))
}

function missOf(statement: StatementReference, policyType: PolicyType, question: Question): Miss {
  const elements = [...readElements(statement, question)].filter(({ truth }) => truth !== true)
  return { policyType, statement, elements }
}

/**
 * What is false is further away than any doubt, and a statement about another action further than
 * one with many other faults.
 */
function distanceOf({ elements }: Miss): number {
  const distances = elements.map(({ element, truth }) => {
    if (truth === 'unknown') return 1
    return element === 'Action' ? 1_000_000 : 1000
  })
  return distances.reduce((sum, distance) => sum + distance, 0)
}

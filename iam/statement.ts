import { type ConditionReading, readConditions } from './condition.ts'
import type { Context } from './context.ts'
import { matchesActions, matchesResources } from './match.ts'
import type { PolicyDocument, Statement } from './policy.ts'
import { grantOf, isDeniedBy } from './principal.ts'
import type { AuthorizationRequest } from './request.ts'
import type { Truth } from './truth.ts'

/** What is asked of each statement. */
export interface Question {
  request: AuthorizationRequest
  context: Context
  /** The principal has a permissions boundary. */
  isBounded: boolean
  /** What becomes of a statement that cannot be decided. */
  doubt: 'refuses' | 'allows'
}

/** A statement, by its place in its document. */
export interface StatementReference {
  document: PolicyDocument
  index: number
}

/** What one element of a statement says of the request. */
export type ElementReading =
  | { element: 'Principal' | 'Action' | 'Resource'; truth: Truth }
  | { element: 'Condition'; truth: Truth; condition: ConditionReading }

/**
 * The elements of a statement in turn, so that whoever asks may stop at the first that is false.
 * A statement applies when all are true. The Not… forms count as their element.
 */
export function* readElements(
  { document, index }: StatementReference,
  question: Question,
): Generator<ElementReading> {
  const statement = document.Statement[index]
  if (!statement) return
  const { request, context } = question
  // Policies of version 2008-10-17, which is also what no version means, have no variables.
  const variables = document.Version === '2012-10-17' ? context.variables : undefined
  yield { element: 'Principal', truth: isAbout(statement, question) }
  yield { element: 'Action', truth: matchesActions(statement, request.action) }
  yield { element: 'Resource', truth: matchesResources(statement, request.resource, variables) }
  for (const condition of readConditions(statement.Condition ?? {}, context, variables)) {
    yield { element: 'Condition', truth: condition.truth, condition }
  }
}

/** A policy without principals is about whoever holds it. */
function isAbout(statement: Statement, { request, isBounded }: Question): boolean {
  const { Principal: named, NotPrincipal: spared, Effect: effect } = statement
  if (!named && !spared) return true
  if (effect === 'Allow') return grantOf(statement, request.principal) !== undefined
  return isDeniedBy(statement, request.principal, isBounded)
}

import type { PolicyDocument } from './policy.ts'
import { type Grant, grantOf } from './principal.ts'
import { type Question, readElements, type StatementReference } from './statement.ts'
import { every } from './truth.ts'

/**
 * What the policies of one kind say: a Deny, or who is allowed by which statement. Policies that
 * name no principal grant `'direct'`.
 */
export interface Verdict {
  deny: StatementReference | undefined
  grants: ReadonlyMap<Grant, StatementReference>
}

/** Every level must allow; a Deny on any of them denies. */
export function readLevels(levels: PolicyDocument[][], question: Question): Verdict {
  const verdicts = levels.map((documents) => readDocuments(documents, question))
  const lacking = verdicts.find(({ grants }) => grants.size === 0)
  return {
    deny: verdicts.find(({ deny }) => deny)?.deny,
    grants: (lacking ?? verdicts[0])?.grants ?? new Map(),
  }
}

function readDocuments(documents: PolicyDocument[], question: Question): Verdict {
  const grants = new Map<Grant, StatementReference>()
  let deny: StatementReference | undefined
  for (const document of documents) {
    for (const [index, statement] of document.Statement.entries()) {
      const reference = { document, index }
      if (!appliesTo(reference, question, statement.Effect)) continue
      if (statement.Effect !== 'Allow') deny ??= reference
      else {
        const grant = grantIn(reference, question)
        if (!grants.has(grant)) grants.set(grant, reference)
      }
    }
  }
  return { deny, grants }
}

/** An Allow needs every element true, a Deny none false; doubt may turn both round. */
function appliesTo(
  reference: StatementReference,
  question: Question,
  effect: 'Allow' | 'Deny',
): boolean {
  const truth = every(readElements(reference, question), (reading) => reading.truth)
  if (truth !== 'unknown') return truth
  return (effect === 'Allow') === (question.doubt === 'allows')
}

function grantIn({ document, index }: StatementReference, { request }: Question): Grant {
  const statement = document.Statement[index]
  return (statement?.Principal && grantOf(statement, request.principal)) ?? 'direct'
}

import { readStatement } from './parse-statement.ts'
import { type PolicyDocument, PolicyError, type PolicyKind } from './policy.ts'
import { isRecord, refuseOthers } from './shape.ts'

const versions = ['2008-10-17', '2012-10-17']
const STATEMENTS_MAX = 1000

/**
 * Reads a policy by AWS's grammar. What the grammar does not know is refused rather than passed
 * over. Throws PolicyError.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function parsePolicy(text: string, kind: PolicyKind): PolicyDocument {
  const policy = readJson(text)
  refuseOthers(policy, ['Version', 'Id', 'Statement'])
  const { Version: version, Id: id } = policy
  if (version !== undefined && !(typeof version === 'string' && versions.includes(version))) {
    throw new PolicyError(
      `The policy must contain a valid version string: ${versions.join(' or ')}.`,
    )
  }
  if (id !== undefined && typeof id !== 'string') {
    throw new PolicyError('Syntax errors in policy. Id must be a string.')
  }
  const hasVariables = version === '2012-10-17'
  const statements = listStatements(policy.Statement).map((it) => {
    return readStatement(it, { kind, hasVariables })
  })
  refuseRepeatedSids(statements.map((it) => it.Sid))
  return {
    ...(version !== undefined && { Version: version }),
    ...(id !== undefined && { Id: id }),
    Statement: statements,
  }
}

function readJson(text: string): Record<string, unknown> {
  let policy: unknown
  try {
    policy = JSON.parse(text, refuseSpecialNames)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : ''
    throw new PolicyError(`Syntax errors in policy. ${reason}`.trim(), { cause })
  }
  refuseRepeatedNames(text)
  if (!isRecord(policy)) throw new PolicyError('Syntax errors in policy. It must be a JSON object.')
  return policy
}

/** `__proto__` would vanish while objects are rebuilt. */
function refuseSpecialNames(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new SyntaxError('"__proto__" is not an element.')
  return value
}

/**
 * Of two elements of one name JSON.parse keeps the last, which would lose a Condition in silence.
 */
function refuseRepeatedNames(json: string): void {
  const open: Set<string>[] = []
  for (const [, brace, quoted, colon] of json.matchAll(/([{}])|("(?:[^"\\]|\\.)*")\s*(:)?/g)) {
    if (brace === '{') open.push(new Set())
    else if (brace === '}') open.pop()
    if (quoted === undefined || colon === undefined) continue
    const names = open.at(-1)
    const name: string = JSON.parse(quoted)
    if (names?.has(name))
      throw new PolicyError(`Syntax errors in policy. ${quoted} is given twice.`)
    names?.add(name)
  }
}

function listStatements(value: unknown): unknown[] {
  const statements = Array.isArray(value) ? value : [value]
  if (value === undefined || statements.length === 0) {
    throw new PolicyError('Syntax errors in policy. Missing required field Statement.')
  }
  if (statements.length > STATEMENTS_MAX) {
    throw new PolicyError(`The policy must not have more than ${STATEMENTS_MAX} statements.`)
  }
  return statements
}

function refuseRepeatedSids(sids: (string | undefined)[]): void {
  const named = sids.filter((sid) => sid)
  if (new Set(named).size < named.length) {
    throw new PolicyError('Statement IDs (SID) in a single policy must be unique.')
  }
}

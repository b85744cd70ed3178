import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  type AuthorizationRequest,
  type Decision,
  evaluate,
  evaluateAssumeRole,
  type PolicyDocument,
  PolicyError,
  type PolicyKind,
  type PolicyType,
  parsePolicy,
} from './iam.ts'

/**
 * Cases are data, a list to a file. One is either a decision about a request, or what becomes of a
 * policy text. Policies are written as customers write them and read by `parsePolicy`; those under
 * `unparsed` go to the evaluation as they are, since it must refuse what a careless caller did not
 * parse.
 */
type Case = { name: string } & (DecisionCase | PolicyCase)

interface DecisionCase {
  /** Laid over the file's request of this name. */
  base: string
  request?: Partial<AuthorizationRequest>
  /** Of `serviceControl` and `resourceControl` each policy is a level, or each list of policies. */
  policies: { [kind in PolicyKind]?: unknown }
  unparsed?: { [kind in PolicyKind]?: unknown }
  expected: 'allow' | 'explicit-deny' | `implicit-deny:${PolicyType}`
}

interface PolicyCase {
  kind: PolicyKind
  policy: unknown
  /** Part of the error's message, or `valid`. */
  expected: string
}

interface CaseFile {
  requests?: Record<string, AuthorizationRequest>
  cases: Case[]
}

const directory = join(import.meta.dirname, 'cases')
const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })

for (const file of files.filter((it) => it.endsWith('.json')).sort()) {
  const { requests = {}, cases }: CaseFile = JSON.parse(readFileSync(join(directory, file), 'utf8'))
  for (const it of cases) {
    test(`${file.replace('.json', '')}: ${it.name}`, () => {
      if ('kind' in it) checkPolicy(it)
      else assert.equal(outcomeOf(decide(it, requests)), it.expected)
    })
  }
}

test('there are at least 80 cases, each with a name of its own', () => {
  const names = files
    .filter((it) => it.endsWith('.json'))
    .flatMap((it) => JSON.parse(readFileSync(join(directory, it), 'utf8')).cases)
    .map((it: Case) => it.name)
  assert.ok(names.length >= 80, `${names.length}`)
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
})

function decide(it: DecisionCase, requests: Record<string, AuthorizationRequest>): Decision {
  const base = requests[it.base]
  assert.ok(base, `no request ${it.base}`)
  const context = { ...base.context, ...it.request?.context }
  const present = Object.entries(context).filter(([, value]) => value !== null)
  const request = { ...base, ...it.request, context: Object.fromEntries(present) }
  const identity = documentsOf(it, 'identity')
  const session = documentsOf(it, 'session')
  const [boundary] = documentsOf(it, 'boundary')
  const limits = {
    session,
    ...(boundary && { boundary }),
    serviceControl: levelsOf(it, 'serviceControl'),
    resourceControl: levelsOf(it, 'resourceControl'),
  }
  const [trust] = documentsOf(it, 'trust')
  if (trust) return evaluateAssumeRole(request, { identity, ...limits, trust })
  const [resource] = documentsOf(it, 'resource')
  return evaluate(request, { identity, ...limits, ...(resource && { resource }) })
}

function levelsOf(it: DecisionCase, kind: 'serviceControl' | 'resourceControl') {
  return listOf(it.policies[kind]).map((level) => {
    return listOf(level).map((policy) => parsePolicy(textOf(policy), kind))
  })
}

function documentsOf(it: DecisionCase, kind: PolicyKind): PolicyDocument[] {
  const parsed = listOf(it.policies[kind]).map((policy) => parsePolicy(textOf(policy), kind))
  return [...parsed, ...(listOf(it.unparsed?.[kind]) as PolicyDocument[])]
}

/** A list of policies, one policy, or a lone statement of version 2012-10-17. */
function listOf(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function textOf(policy: unknown): string {
  if (typeof policy === 'string') return policy
  const isStatement = policy !== null && typeof policy === 'object' && 'Effect' in policy
  return JSON.stringify(isStatement ? { Version: '2012-10-17', Statement: policy } : policy)
}

function outcomeOf(decision: Decision): DecisionCase['expected'] {
  if (decision.allowed) return 'allow'
  return decision.explicit ? 'explicit-deny' : `implicit-deny:${decision.policyType}`
}

function checkPolicy({ kind, policy, expected }: PolicyCase): void {
  if (expected === 'valid') {
    parsePolicy(textOf(policy), kind)
    return
  }
  assert.throws(
    () => parsePolicy(textOf(policy), kind),
    (error) => error instanceof PolicyError && error.message.includes(expected),
  )
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verification } from '@sluice/sdk'
import { endingOf } from './ending-of.ts'

const at = '2026-01-31T12:00:00Z'
const inconclusiveMessage = 'AWS was busy.'

function roleOf(
  verdict: Verification['verdict'],
  more: { code?: string; inconclusiveMessage?: string } = {},
) {
  return { verdict, since: at, probedAt: at, nextProbeAt: at, turns: [], ...more }
}

const strict = { externalIdEnforcement: 'STRICT' } as const
const warn = { externalIdEnforcement: 'WARN' } as const

test('what is written is said as it is', () => {
  const cases: [Parameters<typeof endingOf>[0], Parameters<typeof endingOf>[1], RegExp][] = [
    [{ verdict: 'PASSED', role: roleOf('PASSED') }, strict, /^Everything/],
    [{ verdict: 'PASSED', role: roleOf('FAILED') }, strict, /^Nothing is written/],
    [{ verdict: 'FAILED' }, strict, /^Nothing is written/],
    [{ verdict: 'FAILED', role: roleOf('PASSED') }, strict, /exports fail until/],
    [
      { verdict: 'FAILED', role: roleOf('FAILED', { code: 'ROLE_IGNORES_EXTERNAL_ID' }) },
      strict,
      /^Nothing/,
    ],
    [
      { verdict: 'FAILED', role: roleOf('FAILED', { code: 'ROLE_IGNORES_EXTERNAL_ID' }) },
      warn,
      /all the same/,
    ],
    [{ verdict: 'INCONCLUSIVE' }, strict, /nothing is written/],
    [
      { verdict: 'INCONCLUSIVE', role: roleOf('INCONCLUSIVE', { inconclusiveMessage }) },
      strict,
      /nothing is written/,
    ],
    [{ verdict: 'INCONCLUSIVE', role: roleOf('FAILED') }, strict, /nothing is written/],
    [
      { verdict: 'INCONCLUSIVE', role: roleOf('PASSED', { inconclusiveMessage }) },
      strict,
      /24 hours: until then exports are written/,
    ],
    [{ verdict: 'INCONCLUSIVE', role: roleOf('PASSED') }, strict, /exports are tried/],
  ]
  for (const [report, output, expected] of cases) assert.match(endingOf(report, output), expected)
})

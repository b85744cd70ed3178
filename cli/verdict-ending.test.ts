import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verification } from '@sluice/sdk'
import { endingOf } from './verdict-ending.ts'

const at = '2026-01-31T12:00:00Z'
const role = (verdict: Verification['verdict'], inconclusiveMessage?: string) => ({
  ...{ verdict, since: at, probedAt: at, nextProbeAt: at, turns: [] },
  ...(inconclusiveMessage !== undefined && { inconclusiveMessage }),
})

const cases: [Parameters<typeof endingOf>[0], RegExp][] = [
  [{ verdict: 'PASSED', role: role('PASSED') }, /can be written/],
  [{ verdict: 'FAILED', role: role('FAILED') }, /nothing is written/],
  [{ verdict: 'FAILED', role: role('PASSED') }, /exports fail/],
  [{ verdict: 'INCONCLUSIVE' }, /nothing is written/],
  [{ verdict: 'INCONCLUSIVE', role: role('FAILED', 'busy') }, /nothing is written/],
  [{ verdict: 'INCONCLUSIVE', role: role('PASSED', 'busy') }, /until then exports are written/],
  [{ verdict: 'INCONCLUSIVE', role: role('PASSED') }, /exports are tried/],
]

test('what is written is said as it is', () => {
  for (const [report, expected] of cases) assert.match(endingOf(report), expected)
})

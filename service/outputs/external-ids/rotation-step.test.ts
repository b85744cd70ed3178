import assert from 'node:assert/strict'
import { test } from 'node:test'
import { externalIdsOf, type S3RoleBasedOutput } from '../output.ts'
import { isUnderWay, moveOf, refusalOfMove, rotationSteps, stepsBefore } from './rotation-step.ts'

const table = [
  ['NEXT_ISSUED', 'NEXT_ISSUED', 'done'],
  ['NEXT_ISSUED', 'PROMOTED', 'possible'],
  ['NEXT_ISSUED', 'RETIRED', 'impossible'],
  ['NEXT_ISSUED', 'CANCELLED', 'possible'],
  ['PROMOTED', 'NEXT_ISSUED', 'impossible'],
  ['PROMOTED', 'PROMOTED', 'done'],
  ['PROMOTED', 'RETIRED', 'possible'],
  ['PROMOTED', 'CANCELLED', 'possible'],
  ['RETIRED', 'NEXT_ISSUED', 'impossible'],
  ['RETIRED', 'PROMOTED', 'impossible'],
  ['RETIRED', 'RETIRED', 'done'],
  ['RETIRED', 'CANCELLED', 'impossible'],
  ['CANCELLED', 'NEXT_ISSUED', 'impossible'],
  ['CANCELLED', 'PROMOTED', 'impossible'],
  ['CANCELLED', 'RETIRED', 'impossible'],
  ['CANCELLED', 'CANCELLED', 'done'],
] as const

for (const [from, to, expected] of table)
  test(`from ${from} to ${to} is ${expected}`, () => {
    assert.equal(moveOf(from, to), expected)
    assert.equal(stepsBefore(to).includes(from), expected === 'possible')
    if (expected === 'impossible') assert(refusalOfMove(from, to).includes(`is ${from}`))
  })

test('the table has every move, and nothing leaves RETIRED or CANCELLED', () => {
  assert.equal(table.length, rotationSteps.length ** 2)
  assert.deepEqual(rotationSteps.filter(isUnderWay), ['NEXT_ISSUED', 'PROMOTED'])
})

test('the present id comes first, and the other one of a rotation second', () => {
  const idsOf = (ids: Partial<S3RoleBasedOutput>) =>
    externalIdsOf({ externalId: 'present', ...ids } as S3RoleBasedOutput)
  assert.deepEqual(idsOf({}), { current: 'present', fallback: undefined })
  assert.deepEqual(idsOf({ nextExternalId: 'next' }), { current: 'present', fallback: 'next' })
  assert.deepEqual(idsOf({ previousExternalId: 'old' }), { current: 'present', fallback: 'old' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairLines } from './policy-lines.ts'

const same = (text: string) => ({ text, isChanged: false })
const changed = (text: string) => ({ text, isChanged: true })

const cases: [string, string, string, ReturnType<typeof pairLines>][] = [
  [
    'nothing has changed',
    'a\nb',
    'a\nb',
    [
      [same('a'), same('a')],
      [same('b'), same('b')],
    ],
  ],
  [
    'what went stands beside what came',
    'a\nb\nd',
    'a\nc\nd',
    [
      [same('a'), same('a')],
      [changed('b'), changed('c')],
      [same('d'), same('d')],
    ],
  ],
  [
    'more came than went',
    'a',
    'b\nc',
    [
      [changed('a'), changed('b')],
      [undefined, changed('c')],
    ],
  ],
  [
    'something went at the end',
    'a\nb',
    'a',
    [
      [same('a'), same('a')],
      [changed('b'), undefined],
    ],
  ],
]

for (const [what, present, corrected, expected] of cases)
  test(what, () => assert.deepEqual(pairLines(present, corrected), expected))

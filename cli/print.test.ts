import assert from 'node:assert/strict'
import { test } from 'node:test'
import stringWidth from 'string-width'
import { layOut } from './print.ts'

const id = '00000000-0000-4000-8000-000000000000'
const instant = '2026-01-31T00:00:00.000Z'
const head = ['id', 'name', 'status', 'progress', 'startTime', 'endTime', 'fileFormat']
const rows = [
  [id, 'nightly', 'FINISHED', '100', instant, instant, 'PARQUET'],
  [id, '夜間のエクスポート', 'ERROR', '0', instant, instant, 'CSV'],
]
const widest = (lines: string[]) => Math.max(...lines.map((line) => stringWidth(line)))

for (const width of [40, 80, 120])
  test(`a table fits ${width} columns, and nothing of a cell is lost`, () => {
    const lines = layOut(head, rows.slice(0, 1), width)
    assert(widest(lines) <= width, lines.join('\n'))
    const letters = (texts: string[]) =>
      [...texts.join('').replaceAll(/\s/g, '')].toSorted().join('')
    assert.equal(letters(lines), letters([...head, ...(rows[0] ?? [])]))
    assert(widest(layOut(head, rows, width)) <= width)
  })

test('a terminal too narrow for the columns has a line for each cell', () => {
  const lines = layOut(head, rows, 40)
  assert(lines.includes('status      FINISHED'), lines.join('\n'))
  assert.equal(lines.filter((line) => line === '').length, 1)
})

test('in a pipe every row is one line, with letters of any width', () => {
  const lines = layOut(head, rows, Number.POSITIVE_INFINITY)
  assert.equal(lines.length, 3)
  const columns = lines.map((line) =>
    stringWidth(line.slice(0, line.search(/FINISHED|ERROR|status/))),
  )
  assert.equal(new Set(columns).size, 1)
})

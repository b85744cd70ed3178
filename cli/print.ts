import { styleText } from 'node:util'
import Table from 'cli-table3'
import stringWidth from 'string-width'
import type { GlobalOptions } from './connection.ts'
import { fitWidths } from './fit-widths.ts'

type Thing = object

/** One thing: as it is with --json, else a line for each member. */
export function printOne(thing: Thing, { json }: GlobalOptions): void {
  if (json) {
    printJson(thing)
    return
  }
  print([], linesOf(thing))
}

/** What a member holds has lines of its own: a remedy is there to be pasted, which JSON in a cell is not. */
function linesOf(thing: Thing, within = ''): string[][] {
  return Object.entries(thing).flatMap(([name, value]) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? linesOf(value, `${within}${name}.`)
      : [[within + name, show(value)]],
  )
}

/** Things: a JSON list, else a table of these members. */
export async function printAll(
  things: AsyncIterable<Thing>,
  columns: string[],
  { json }: GlobalOptions,
): Promise<void> {
  const all: Thing[] = []
  for await (const thing of things) all.push(thing)
  if (json) printJson(all)
  else printRows(columns, all)
}

/** A table of these members. */
export function printRows(columns: string[], things: Thing[]): void {
  const rows = things.map((thing) => {
    const members = new Map(Object.entries(thing))
    return columns.map((name) => show(members.get(name)))
  })
  print(columns, rows)
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2))
}

/** For people only: not data, so it goes to stderr. */
export function note(text: string): void {
  console.error(text)
}

const PADDING = 2
const BORDERS = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left'],
  ...['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
]

/** Without borders. In a pipe, every row is one line. */
function print(head: string[], rows: string[][]): void {
  const { isTTY, columns = 0 } = process.stdout
  const width = isTTY && columns > 0 ? columns : Number.POSITIVE_INFINITY
  console.log(layOut(head, rows, width).map(paint).join('\n'))
}

/**
 * The lines of a table of at most this width: long cells go on in the next line, and where even narrow columns
 * do not fit, each row has a line for each of its cells.
 */
export function layOut(head: string[], rows: string[][], width: number): string[] {
  const lines = head.length > 0 ? [head, ...rows] : rows
  const count = lines[0]?.length ?? 0
  const natural = Array.from({ length: count }, (_, at) =>
    Math.max(...lines.map((cells) => stringWidth(cells[at] ?? ''))),
  )
  const widthMax = width - PADDING * count
  const widths = sumOf(natural) > widthMax ? fitWidths(natural, widthMax) : natural
  if (head.length > 0 && sumOf(widths) > widthMax)
    return rows.flatMap((cells, index) => [
      ...(index > 0 ? [''] : []),
      ...layOut([], pairsOf(head, cells), width),
    ])
  const table = new Table({
    head,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': PADDING },
    chars: Object.fromEntries(BORDERS.map((name) => [name, ''])),
    colWidths: widths.map((width) => width + PADDING),
    wordWrap: true,
    wrapOnWordBoundary: false,
  })
  table.push(...rows)
  const text = table.toString().split('\n')
  return text.map((line) => line.trimEnd())
}

const pairsOf = (head: string[], cells: string[]) => head.map((name, at) => [name, cells[at] ?? ''])
const sumOf = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width, 0)

const colours = { FINISHED: 'green', DELIVERED: 'green', OK: 'green', ERROR: 'red' } as const
const STATUS = /(?<=^|\s{2})(FINISHED|DELIVERED|OK|ERROR)(?=\s{2}|$)/g

/** Cells that are a status; only in a terminal that wants it: https://no-color.org */
function paint(line: string): string {
  return line.replace(STATUS, (status) =>
    styleText(colours[status as keyof typeof colours], status, { stream: process.stdout }),
  )
}

function show(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object'))
    return value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

import Table from 'cli-table3'
import type { GlobalOptions } from './connection.ts'

type Thing = object

/** One thing: as it is with --json, else a line for each member. */
export function printOne(thing: Thing, { json }: GlobalOptions): void {
  if (json) {
    printJson(thing)
    return
  }
  const table = newTable([])
  for (const [name, value] of Object.entries(thing)) table.push([name, show(value)])
  console.log(table.toString())
}

/** Things: a JSON list, else a table of these members. */
export async function printAll(
  things: AsyncIterable<Thing>,
  columns: string[],
  { json }: GlobalOptions,
): Promise<void> {
  const all: Thing[] = []
  for await (const thing of things) all.push(thing)
  if (json) {
    printJson(all)
    return
  }
  const table = newTable(columns)
  for (const thing of all) {
    const members = new Map(Object.entries(thing))
    table.push(columns.map((name) => show(members.get(name))))
  }
  console.log(table.toString())
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2))
}

/** For people only: not data, so it goes to stderr. */
export function note(text: string): void {
  console.error(text)
}

function newTable(head: string[]) {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 }
  const none = Object.fromEntries(
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left']
      .concat([
        'bottom-right',
        'left',
        'left-mid',
        'mid',
        'mid-mid',
        'right',
        'right-mid',
        'middle',
      ])
      .map((name) => [name, '']),
  )
  return new Table({ head, style, chars: none })
}

const SHOWN_LENGTH_MAX = 80

function show(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX - 1)}…`
}

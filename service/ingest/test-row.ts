import assert from 'node:assert/strict'
import type { CollectorBody } from './collector-body.ts'

/** What a body was read as, which must be a row; of its columns those that it has. */
export function rowOf(read: CollectorBody) {
  assert(read.kind === 'row', JSON.stringify(read))
  return { ...read, row: withoutMissing(read.row) }
}

export function withoutMissing<Value>(row: Record<string, Value | undefined>) {
  const present = Object.entries(row).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as Record<string, Value>
}

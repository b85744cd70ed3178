import { setImmediate } from 'node:timers/promises'
import type { Database } from '#database'
import { TransientError } from '#errors'
import { hourOf, plusMs } from './hour.ts'
import type { EncodedRow, Inserts } from './inserts.ts'
import type { LicenseRef, Sample } from './samples.ts'
import { type SampleTable, sampleTables } from './tables.ts'
import { noteLateInsert } from './touched-hours.ts'

// Thousands of small batches a second become a few inserts: what arrives while one is under way goes
// together into the next, and nobody waits when nothing else does. There is one at a time for each table,
// since an insert costs the store as much as some hundreds of its rows do. When the store stalls, those who wait
// are told so after some seconds and those who come are at once, until an insert has ended; a player that
// sends its sample again gets it stored once.

interface Appends {
  append(table: SampleTable, license: LicenseRef, samples: Sample[]): Promise<void>
  /** Ends when nothing waits and nothing is under way. */
  drain(): Promise<void>
}

/** A flush waits so long for company. */
const LINGER_MS = 5
const INSERT_BYTES_MAX = 8 * 1024 * 1024
/** Of all tables together. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024
/** A player's request does not wait longer than this: the last one of a page may be blocking it. */
const ANSWER_MS_MAX = 5_000
const ANSWERS_AT_ONCE = 16
/** An insert that takes this long says that the store has trouble. */
const STALL_MS = 2_000

interface Waiting {
  rows: EncodedRow[]
  bytes: number
  done(): void
  fail(error: unknown): void
}

export function openAppends(parts: { inserts: Inserts; database: Database }): Appends {
  const room = { waitingBytes: 0 }
  const queues = new Map(sampleTables.map((table) => [table, openQueue(table, { ...parts, room })]))
  return {
    append: async (table, license, samples) => queues.get(table)?.append(license, samples),
    drain: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.drain()))
    },
  }
}

function openQueue(
  table: SampleTable,
  parts: { inserts: Inserts; database: Database; room: { waitingBytes: number } },
) {
  const { room } = parts
  const waiting: Waiting[] = []
  let flush: Promise<void> | undefined
  /** The store has trouble with what is under way. */
  let isStalled = false
  let timer: NodeJS.Timeout | undefined

  async function append(license: LicenseRef, samples: Sample[]): Promise<void> {
    const rows = samples.map((sample) => ({
      license,
      encoded: parts.inserts.encode(table, sample),
      time: undefined,
    }))
    const bytes = rows.reduce((sum, { encoded }) => sum + Buffer.byteLength(encoded), 0)
    if (rows.length === 0) return
    if (room.waitingBytes + bytes > WAITING_BYTES_MAX || isStalled) throw overrun()
    return new Promise((done, fail) => {
      waiting.push({ rows, bytes, done, fail })
      room.waitingBytes += bytes
      timer ??= setTimeout(flushNext, LINGER_MS)
    })
  }

  function flushNext(): void {
    timer = undefined
    if (waiting.length === 0 || flush !== undefined) return
    const batch = takeBatch()
    flush = store(batch).then((isStored) => {
      flush = undefined
      flushNext()
      if (isStored) void answer(batch)
    })
  }

  function takeBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const each of waiting) {
      if (count > 0 && bytes + each.bytes > INSERT_BYTES_MAX) break
      bytes += each.bytes
      count += 1
    }
    return waiting.splice(0, count)
  }

  /** Never rejects, and says whether the rows are stored; who waits for rows that are not is told. */
  async function store(batch: Waiting[]): Promise<boolean> {
    const rows = batch.flatMap((each) => each.rows)
    const stall = setTimeout(() => {
      isStalled = true
    }, STALL_MS)
    const tooLong = setTimeout(() => {
      for (const each of batch) each.fail(overrun())
      failWaiting(overrun())
    }, ANSWER_MS_MAX)
    try {
      const onLate = (stamp: { time: Date; leaseId: string }) => noteLate(rows, stamp)
      await parts.inserts.insert(table, rows, { tryMs: ANSWER_MS_MAX, onLate })
      return true
    } catch (error) {
      for (const each of batch) each.fail(error)
      failWaiting(error)
      return false
    } finally {
      clearTimeout(stall)
      clearTimeout(tooLong)
      isStalled = false
      for (const each of batch) room.waitingBytes -= each.bytes
    }
  }

  /** A few at a time: to answer hundreds takes as long as a part of an insert, and the next one is on its way. */
  async function answer(batch: Waiting[]): Promise<void> {
    for (const [at, each] of batch.entries()) {
      if (at % ANSWERS_AT_ONCE === 0) await setImmediate()
      each.done()
    }
  }

  /** What the store did not take from those before it, it will not take from these in time. */
  function failWaiting(error: unknown): void {
    for (const each of waiting.splice(0)) {
      room.waitingBytes -= each.bytes
      each.fail(error)
    }
  }

  function noteLate(rows: EncodedRow[], stamp: { time: Date; leaseId: string }): Promise<void> {
    const licenseKeys = [...new Set(rows.map(({ license }) => license.licenseKey))]
    return noteLateInsert(parts.database, {
      licenseKeys,
      leaseId: stamp.leaseId,
      hour: hourOf(stamp.time),
      settleFrom: plusMs(stamp.time, 1),
    })
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0 || flush !== undefined) {
      clearTimeout(timer)
      flushNext()
      await flush
    }
  }

  return { append, drain }
}

function overrun(): TransientError {
  return new TransientError(
    'SAMPLES_UNAVAILABLE',
    'The sample store does not take samples as fast as they arrive.',
    { retryAfterSeconds: 5 },
  )
}

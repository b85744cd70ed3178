import { TransientError } from '#errors'
import { createEncoder, createStamp } from './encode.ts'
import type { Lease, Stamp } from './lease.ts'
import type { LicenseRef, Sample } from './samples.ts'
import { InsertError, type Store } from './store.ts'
import { type SampleTable, sampleTables } from './tables.ts'

/** A row as it waits for its insert; a row of a backfill has a time of its own. */
export interface EncodedRow {
  license: LicenseRef
  encoded: string
  time: Date | undefined
}

export interface Inserts {
  /** A row of an insert to come. Throws for a column or a value there is not. */
  encode(table: SampleTable, sample: Sample): string
  /**
   * Resolves when the rows are durable. Each try has a stamp of its own, so that rows tried again in an
   * hour that has closed meanwhile belong to the next. Throws TransientError after `tryMs`.
   */
  insert(table: SampleTable, rows: readonly EncodedRow[], options: InsertOptions): Promise<void>
}

export interface InsertOptions {
  tryMs: number
  /** Called with each stamp before its insert begins. */
  onStamp?(stamp: Stamp): Promise<void>
  /** The rows are stored, but the stamp's lease ran out before. */
  onLate(stamp: Stamp): Promise<void>
}

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 2_000

export function openInserts({ store, lease }: { store: Store; lease: Lease }): Inserts {
  const encoders = new Map(sampleTables.map((table) => [table, createEncoder(table)]))
  const encoderOf = (table: SampleTable) => {
    const encoder = encoders.get(table)
    if (encoder === undefined) throw new Error(`${table.name} is no table of samples`)
    return encoder
  }
  let ordinal = 0

  async function insert(
    table: SampleTable,
    rows: readonly EncodedRow[],
    options: InsertOptions,
  ): Promise<void> {
    const deadlineMs = performance.now() + options.tryMs
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      const error = await tryOnce(table, rows, options)
      if (error === undefined) return
      if (performance.now() + pauseMs >= deadlineMs) throw unavailable(error)
      await new Promise((done) => setTimeout(done, pauseMs * (0.5 + Math.random() / 2)))
    }
  }

  /** The error that the next try may not meet; undefined when the rows are stored. */
  async function tryOnce(
    table: SampleTable,
    rows: readonly EncodedRow[],
    options: InsertOptions,
  ): Promise<unknown | undefined> {
    const stamp = lease.stamp()
    try {
      await options.onStamp?.(stamp)
    } catch (error) {
      stamp.settle()
      throw error
    }
    try {
      const lines = encodeRows(rows, stamp.time)
      await store.insert(table.name, { columns: encoderOf(table).columns(), lines })
    } catch (error) {
      if (error instanceof InsertError && error.isOver) stamp.settle()
      else stamp.abandon()
      return error
    }
    stamp.settle()
    if (stamp.isLate()) await options.onLate(stamp)
    return undefined
  }

  /** Written once into bytes: a text of all rows would be made row by row, and copied. */
  function encodeRows(rows: readonly EncodedRow[], storedAt: Date): Buffer {
    const write = createStamp(storedAt)
    const heads = rows.map(({ license, time }) => {
      ordinal += 1
      return write({ license, time, ordinal })
    })
    const texts = rows.flatMap(({ encoded }, at) => [heads[at] ?? '', encoded])
    const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0))
    let end = 0
    for (const text of texts) end += bytes.write(text, end)
    return bytes
  }

  return { encode: (table, sample) => encoderOf(table).encode(sample), insert }
}

function unavailable(cause: unknown): TransientError {
  return new TransientError(
    'SAMPLES_UNAVAILABLE',
    'The sample store did not take the samples in time.',
    { cause, retryAfterSeconds: 5 },
  )
}

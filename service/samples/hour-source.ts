import assert, { AssertionError } from 'node:assert/strict'
import { pipeline, Readable, type Transform } from 'node:stream'
import { createGzip, createZstdCompress } from 'node:zlib'
import { TransientError } from '#errors'
import { hourOf } from './hour.ts'
import { isLent } from './reading-agent.ts'
import type { Compression } from './samples.ts'
import { openStore, type Query, type Store, type StoreOptions, unavailable } from './store.ts'

// Imported by the thread that writes the file, so that its bytes never pass through the service's own heap.

/** The rows that a query answers, or a text that is known. */
export type HourArgument = StoredHour | { text: string; compression: Compression }

interface StoredHour {
  store: StoreOptions
  query: Query
  /** Of the hour or its part. */
  start: Date
  /** That the answer must have. */
  rows: number
  /** Of the whole answer; NONE where the store has packed it. */
  compression: Compression
}

/** One client for each store, as long as the thread lives. */
const stores = new Map<string, Store>()

/** The bytes of an hour's file. Throws TransientError, also when they hold other rows than they must. */
export async function open(
  argument: HourArgument,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { compression } = argument
  if ('text' in argument) return pack(Readable.from([Buffer.from(argument.text)]), compression)
  const { query, start, rows } = argument
  const answer = await storeOf(argument.store).stream({ ...query, signal })
  if (answer.rows === rows) return pack(wholeOf(answer.body, signal), compression)
  answer.body.destroy()
  throw incomplete(start, { recorded: rows, inFile: answer.rows })
}

/**
 * Packed here and not by the store, so that a file has the same bytes whichever store it came from and a
 * repeat finds them again: levels are those that the formats call their own, and a gzip header has no time.
 */
export function pack(
  body: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncIterable<Uint8Array> {
  const packer = packerOf(compression)
  // A failure of the one ends the other, and whoever reads is told.
  return packer === undefined ? body : pipeline(body, packer, () => {})
}

function packerOf(compression: Compression): Transform | undefined {
  switch (compression) {
    case 'GZIP':
      return createGzip()
    case 'ZSTD':
      return createZstdCompress()
    default:
      return undefined
  }
}

/** A store that breaks off is asked again, as one that does not answer. */
async function* wholeOf(body: Readable, signal: AbortSignal): AsyncIterable<Uint8Array> {
  try {
    for await (const bytes of body as AsyncIterable<Uint8Array>) {
      assert(!isLent(bytes), 'This Node does not copy what it parses.')
      yield bytes
    }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof AssertionError) throw error // no second try mends it
    throw unavailable(error)
  }
}

function storeOf(options: StoreOptions): Store {
  const key = JSON.stringify(options)
  const store = stores.get(key) ?? openStore(options, { readsFiles: true })
  stores.set(key, store)
  return store
}

export function incomplete(start: Date, details: Record<string, number>): TransientError {
  return new TransientError(
    'SAMPLES_INCOMPLETE',
    `The sample store has other rows of the hour ${hourOf(start).toISOString()} than were ` +
      'recorded when it was closed.',
    { details },
  )
}

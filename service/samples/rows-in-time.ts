import { TransientError } from '#errors'
import type { Query, Store } from './store.ts'

/** Whoever looks at a page does not wait for longer. */
const READ_MS_MAX = 5_000

/** As the store's own, for people who wait. Throws TransientError when it takes too long. */
export async function rowsInTime<Row>(
  store: Store,
  query: Omit<Query, 'signal'>,
  what: string,
): Promise<Row[]> {
  const signal = AbortSignal.timeout(READ_MS_MAX)
  return store.rows<Row>({ ...query, signal }).catch((cause) => {
    if (!signal.aborted) throw cause
    throw new TransientError('SAMPLES_UNAVAILABLE', `${what} in time.`, { cause })
  })
}

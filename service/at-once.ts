/**
 * Works through the items in their order, at most `count` at once. The first failure stops the others by
 * the signal that they were given; it is thrown when all of them have ended.
 */
export async function forEachAtOnce<Item>(
  items: readonly Item[],
  options: { count: number; signal: AbortSignal },
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const waiting = items.values()
  const lane = async () => {
    for (const item of waiting) {
      signal.throwIfAborted()
      await work(item, signal)
    }
  }
  const lanes = Array.from({ length: Math.min(options.count, items.length) }, () =>
    lane().catch((error: unknown) => failed.abort(error)),
  )
  await Promise.all(lanes)
  options.signal.throwIfAborted()
  failed.signal.throwIfAborted()
}

import { setTimeout as pause } from 'node:timers/promises'
import { TransientError } from '#errors'

interface PollingOptions {
  /** From the end of one round to the next. */
  pollMs: number
  /** A round has failed; the next one comes all the same. */
  onFault(error: unknown): void
}

/**
 * Does what is due, round after round, until it is closed. Closing aborts the signal and waits for the round
 * that is under way; what that throws then is nobody's fault.
 */
export function startPolling(
  round: (signal: AbortSignal) => Promise<void>,
  { pollMs, onFault }: PollingOptions,
): AsyncDisposable {
  const closing = new AbortController()
  const { signal } = closing
  const loop = async () => {
    while (!signal.aborted) {
      await round(signal).catch((error: unknown) => {
        if (!signal.aborted) onFault(error)
      })
      await pause(pollMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }
  const running = loop()
  return {
    [Symbol.asyncDispose]: async () => {
      closing.abort(new TransientError('NOT_READY', 'The service is stopping.'))
      await running
    },
  }
}

interface TakingOptions<Claimed> extends PollingOptions {
  /** Takes what is due longest, so that no other process does; undefined when nothing is. */
  claim(): Promise<Claimed | undefined>
  work(claimed: Claimed, signal: AbortSignal): Promise<void>
  /** Works that are under way at once. */
  atOnceMax: number
}

/** Takes what is due and works at it, some at once, until it is closed; closing waits for all of them. */
export function startTaking<Claimed>(options: TakingOptions<Claimed>): AsyncDisposable {
  const { claim, work, atOnceMax, onFault } = options
  const underWay = new Set<Promise<void>>()
  const takeOne = async (signal: AbortSignal): Promise<boolean> => {
    const claimed = await claim()
    if (claimed === undefined) return false
    const working = work(claimed, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) onFault(error)
      })
      .finally(() => underWay.delete(working))
    underWay.add(working)
    if (underWay.size >= atOnceMax) await Promise.race(underWay)
    return true
  }
  const round = async (signal: AbortSignal) => {
    while (!signal.aborted && (await takeOne(signal)));
  }
  const polling = startPolling(round, options)
  return {
    [Symbol.asyncDispose]: async () => {
      await polling[Symbol.asyncDispose]()
      await Promise.all(underWay)
    },
  }
}

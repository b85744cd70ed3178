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

import { codes, ServerError } from './server-error.ts'

interface Waiting {
  start(): void
  refuse(error: ServerError): void
}

/**
 * Lets `runningMax` pieces of work run at once and `waitingMax` more wait for `waitMsMax` at most;
 * refuses the rest. Work whose signal is aborted while it waits does not start.
 */
export class Turns {
  readonly #limits: { runningMax: number; waitingMax: number; waitMsMax: number }
  readonly #waiting = new Set<Waiting>()
  #running = 0

  constructor(limits: { runningMax: number; waitingMax: number; waitMsMax: number }) {
    this.#limits = limits
  }

  async run<R>(work: () => Promise<R>, signal: AbortSignal): Promise<R> {
    if (this.#running < this.#limits.runningMax) this.#running += 1
    else await this.#wait(signal)
    try {
      return await work()
    } finally {
      this.#passOn()
    }
  }

  /** Hands the turn to the one who waits longest, so that nobody overtakes it. */
  #passOn(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#running -= 1
    else next.start()
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { waitingMax, waitMsMax } = this.#limits
    if (this.#waiting.size >= waitingMax) throw this.#tooMany()
    const turn = Promise.withResolvers<void>()
    const waiting = { start: () => turn.resolve(), refuse: (error: Error) => turn.reject(error) }
    const cancel = () => waiting.refuse(cancelled())
    const timer = setTimeout(() => waiting.refuse(this.#tooMany()), waitMsMax)
    signal.addEventListener('abort', cancel)
    this.#waiting.add(waiting)
    try {
      if (signal.aborted) cancel()
      await turn.promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
      this.#waiting.delete(waiting)
    }
  }

  #tooMany(): ServerError {
    const text = `Too many simultaneous queries. Maximum: ${this.#limits.runningMax}`
    return new ServerError(codes.TOO_MANY_SIMULTANEOUS_QUERIES, text)
  }
}

export function cancelled(): ServerError {
  return new ServerError(codes.QUERY_WAS_CANCELLED, 'Query was cancelled.')
}

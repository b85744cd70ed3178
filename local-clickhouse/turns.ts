import { codes, ServerError } from './server-error.ts'

/** Lets `runningMax` pieces of work run at once and `waitingMax` more wait; refuses the rest. */
export class Turns {
  readonly #runningMax: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: { runningMax: number; waitingMax: number }) {
    this.#runningMax = options.runningMax
    this.#waitingMax = options.waitingMax
  }

  async run<R>(work: () => Promise<R>): Promise<R> {
    await this.#take()
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#waiting.shift()?.()
    }
  }

  async #take(): Promise<void> {
    if (this.#running >= this.#runningMax) {
      if (this.#waiting.length >= this.#waitingMax) {
        const text = `Too many simultaneous queries. Maximum: ${this.#runningMax}, and as many as may wait do.`
        throw new ServerError(codes.TOO_MANY_SIMULTANEOUS_QUERIES, text)
      }
      await new Promise<void>((done) => this.#waiting.push(done))
    }
    this.#running += 1
  }
}

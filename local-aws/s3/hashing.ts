import { Worker } from 'node:worker_threads'
import type { DigestAlgorithm, Digests } from './digests.ts'
import type { Answer, Order } from './hashing-thread.ts'

/** The hashing thread, seen from the main thread. It starts with the first upload that needs it. */
export interface Hashing {
  open(algorithms: DigestAlgorithm[]): RemoteDigester
  close(): Promise<void>
}

export interface RemoteDigester {
  /** Resolves when the block may be filled again. */
  update(block: SharedArrayBuffer, bytes: number): Promise<void>
  /** Must be called, also when nobody wants the digests any more. */
  finish(): Promise<Digests>
}

type Waiting = PromiseWithResolvers<Answer>

export function createHashing(): Hashing {
  const waiting: Waiting[] = []
  let worker: Worker | undefined
  let opened = 0

  function start(): Worker {
    const started = new Worker(new URL('./hashing-thread.ts', import.meta.url), { execArgv: [] })
    started.unref()
    started.on('message', (answer: Answer) => {
      waiting.shift()?.resolve(answer)
      if (waiting.length === 0) started.unref()
    })
    started.on('error', (error) => fail(error))
    started.on('exit', () => fail(new Error('The hashing thread has ended.')))
    return started
  }

  function fail(error: Error): void {
    worker = undefined
    for (const each of waiting.splice(0)) each.reject(error)
  }

  async function send(order: Order): Promise<Answer> {
    worker ??= start()
    const answer = Promise.withResolvers<Answer>()
    waiting.push(answer)
    worker.ref()
    worker.postMessage(order)
    const result = await answer.promise
    if (result.error !== undefined) throw new Error(`The hashing thread failed: ${result.error}`)
    return result
  }

  return {
    open(algorithms) {
      const id = ++opened
      const isOpen = send({ kind: 'open', id, algorithms })
      isOpen.catch(() => undefined) // the orders that follow fail as well
      return {
        async update(block, bytes) {
          await send({ kind: 'update', id, block, bytes })
        },
        async finish() {
          return (await send({ kind: 'finish', id })).digests ?? {}
        },
      }
    },
    async close() {
      await worker?.terminate()
    },
  }
}

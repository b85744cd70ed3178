/**
 * Hashes what passes through an upload in a thread of its own, so that the disk, the network and the
 * hashing of one upload take turns on nothing. Orders are carried out one after the other.
 */
import { parentPort } from 'node:worker_threads'
import { createDigester, type DigestAlgorithm, type Digester, type Digests } from './digests.ts'

export type Order =
  | { kind: 'open'; id: number; algorithms: DigestAlgorithm[] }
  | { kind: 'update'; id: number; block: SharedArrayBuffer; bytes: number }
  | { kind: 'finish'; id: number }

/** One to each order, in their order. */
export type Answer = { digests?: Digests; error?: string }

const digesters = new Map<number, Digester>()

async function carryOut(order: Order): Promise<Answer> {
  switch (order.kind) {
    case 'open':
      digesters.set(order.id, await createDigester(order.algorithms))
      return {}
    case 'update':
      digesters.get(order.id)?.update(new Uint8Array(order.block, 0, order.bytes))
      return {}
    case 'finish': {
      const digests = digesters.get(order.id)?.digest() ?? {}
      digesters.delete(order.id)
      return { digests }
    }
  }
}

let last: Promise<void> = Promise.resolve()
parentPort?.on('message', (order: Order) => {
  last = last.then(async () => {
    const answer = await carryOut(order).catch((error) => ({ error: String(error) }))
    parentPort?.postMessage(answer)
  })
})

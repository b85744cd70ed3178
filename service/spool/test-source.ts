import { setTimeout as delay } from 'node:timers/promises'
import type { OpenSource, ThreadSource } from './spool.ts'

// A source for tests that runs where sources run, and is steered through shared memory.

interface Script {
  /** So many zeros, or this text; the first at once, the others when the gate is open. */
  pieces: (number | string)[]
  then: 'end' | 'fail' | 'hang'
  /** [0] is not 0: the gate is open. [1] is not 0: the source was told to stop. */
  shared: Int32Array
}

const CHUNK_BYTES = 65_536
const LOOK_MS = 5

export function sourceOf(pieces: (number | string)[], then: Script['then'] = 'end') {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const source: ThreadSource = {
    module: import.meta.url,
    argument: { pieces, then, shared } satisfies Script,
  }
  return {
    source,
    openGate: () => void Atomics.store(shared, 0, 1),
    wasStopped: () => Atomics.load(shared, 1) !== 0,
  }
}

export const open: OpenSource<Script> = async ({ pieces, then, shared }, signal) => {
  signal.addEventListener('abort', () => Atomics.store(shared, 1, 1))
  return play({ pieces, then, shared }, signal)
}

async function* play({ pieces, then, shared }: Script, signal: AbortSignal) {
  for (const [index, piece] of pieces.entries()) {
    while (index > 0 && Atomics.load(shared, 0) === 0) await delay(LOOK_MS, undefined, { signal })
    if (typeof piece === 'string') yield Buffer.from(piece)
    else
      for (let left = piece; left > 0; left -= CHUNK_BYTES)
        yield Buffer.alloc(Math.min(left, CHUNK_BYTES))
  }
  if (then === 'fail') throw new Error('the store went away')
  while (then === 'hang') await delay(LOOK_MS, undefined, { signal })
}

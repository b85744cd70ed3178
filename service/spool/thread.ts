import { Worker } from 'node:worker_threads'
import type { Answer, Digests, Order } from './writing-thread.ts'

/** Four buffers of 1 MiB per file: enough that reading, writing and hashing never wait for a hand-over. */
export const bufferBytes = 1_048_576
const buffersMax = 4

/** The writing thread as this side sees it. One for the whole spool; files share it. */
export interface WritingThread extends AsyncDisposable {
  openFile(path: string): ThreadFile
}

export interface ThreadFile {
  /** An empty buffer; waits while all of them are on their way. Rejects once the disk has failed. */
  takeBuffer(): Promise<ArrayBuffer>
  /** Hands the buffer over; it must not be touched afterwards. */
  append(buffer: ArrayBuffer, bytes: number): void
  finish(): Promise<Digests>
  /** Closes and removes the file. */
  discard(): Promise<void>
}

/** A failure of the disk, with the system's code, or of the thread itself. */
export class WritingError extends Error {
  readonly code: string | undefined
  constructor(code: string | undefined, message: string) {
    super(message)
    this.name = 'WritingError'
    this.code = code
  }
}

type Listener = (answer: Answer) => void

export function startWritingThread(): WritingThread {
  const worker = new Worker(new URL('./writing-thread.ts', import.meta.url), {
    execArgv: [], // flags such as --eval are for the main thread
  })
  const listeners = new Map<number, Listener>()
  let broken: string | undefined
  let filesOpened = 0

  function fail(text: string): void {
    broken ??= text
    for (const [fileId, listener] of listeners) {
      listener({ kind: 'failed', fileId, code: undefined, message: text })
    }
  }
  worker.on('message', (answer: Answer) => listeners.get(answer.fileId)?.(answer))
  worker.on('error', (error) => fail(`The writing thread failed: ${error}`))
  worker.on('exit', () => fail('The writing thread has ended.'))
  worker.unref() // nothing is open yet; it keeps the process alive only while a file is

  return {
    openFile(path) {
      const fileId = ++filesOpened
      return openThreadFile({
        isAlive: () => broken === undefined,
        send: (order, transfer) => worker.postMessage({ ...order, fileId, path }, transfer),
        listen: (listener) => {
          listeners.set(fileId, listener)
          worker.ref()
          if (broken !== undefined) fail(broken)
        },
        forget: () => {
          if (listeners.delete(fileId) && listeners.size === 0) worker.unref()
        },
      })
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}

type Message = Order extends infer O
  ? O extends Order
    ? Omit<O, 'fileId' | 'path'>
    : never
  : never

interface Line {
  isAlive(): boolean
  send(message: Message, transfer: ArrayBuffer[]): void
  listen(listener: Listener): void
  forget(): void
}

function openThreadFile(line: Line): ThreadFile {
  const free: ArrayBuffer[] = []
  let buffersMade = 0
  let failure: WritingError | undefined
  const done = Promise.withResolvers<Digests>()
  const gone = Promise.withResolvers<void>()
  done.promise.catch(() => undefined) // a file that is discarded asks nobody for its digests
  let change = Promise.withResolvers<void>()

  line.listen((answer) => {
    switch (answer.kind) {
      case 'taken':
        free.push(answer.buffer)
        break
      case 'finished':
        line.forget()
        done.resolve(answer.digests)
        break
      case 'discarded':
        line.forget()
        gone.resolve()
        break
      case 'failed':
        failure ??= new WritingError(answer.code, answer.message)
        done.reject(failure)
        if (!line.isAlive()) gone.resolve()
        break
    }
    change.resolve()
    change = Promise.withResolvers<void>()
  })

  return {
    async takeBuffer() {
      for (;;) {
        if (failure !== undefined) throw failure
        const buffer = free.pop()
        if (buffer !== undefined) return buffer
        if (buffersMade < buffersMax) {
          buffersMade += 1
          return new ArrayBuffer(bufferBytes)
        }
        await change.promise
      }
    },
    append(buffer, bytes) {
      line.send({ kind: 'append', buffer, bytes }, [buffer])
    },
    finish() {
      line.send({ kind: 'finish' }, [])
      return done.promise
    },
    async discard() {
      if (line.isAlive()) {
        line.send({ kind: 'discard' }, [])
        await gone.promise
      }
      line.forget()
    },
  }
}

/**
 * A thread beside the one that answers requests, for work on gigabytes: a heap of its own stays small, so
 * that the buffers which pass through it never set off a collection of the service's own heap.
 */
import { setPriority } from 'node:os'
import { parentPort, Worker } from 'node:worker_threads'
import { TransientError, type TransientErrorCode } from '#errors'

/** As `nice` has it: where requests and gigabytes want a core at once, about nine parts of ten are the requests'. */
const GIVES_WAY = 10

interface Thread extends AsyncDisposable {
  /**
   * Carries the task out over there. An abort asks it to stop, and is thrown when it has. Throws what the
   * work threw: a TransientError as it was, anything else as an Error with its name, message and code.
   */
  run<Result>(task: unknown, options: RunOptions): Promise<Result>
}

interface RunOptions {
  signal: AbortSignal
  /** What the work asks for on its way. A rejection stops the work, and is what `run` throws. */
  grant?(wish: unknown): Promise<void>
}

/** What carries tasks out. Tasks and results are what a structured clone can hold. */
export type Work<Task> = (
  task: Task,
  context: { signal: AbortSignal; ask(wish: unknown): Promise<void> },
) => Promise<unknown>

type Order =
  | { kind: 'run'; id: number; task: unknown }
  | { kind: 'granted'; id: number }
  | { kind: 'stop'; id: number }

type Answer =
  | { kind: 'wish'; id: number; wish: unknown }
  | { kind: 'done'; id: number; result: unknown }
  | { kind: 'failed'; id: number; failure: Failure }

interface Failure {
  isTransient: boolean
  name: string
  message: string
  code: string | undefined
  details: Record<string, unknown>
}

interface Running {
  worker: Worker
  hear(answer: Answer): void
  fail(error: Error): void
}

/**
 * Starts the module, which calls `serve`. The thread keeps the process alive only while it works. One that
 * dies fails what it was at, with a TransientError, and the next task starts another.
 */
export function startThread(module: URL): Thread {
  const running = new Map<number, Running>()
  let worker: Worker | undefined
  let tasks = 0

  function start(): Worker {
    const started = new Worker(module, { execArgv: [] }) // flags such as --eval are for the main thread
    const end = (cause?: unknown) => {
      if (worker === started) worker = undefined
      for (const each of running.values())
        if (each.worker === started) each.fail(interrupted(cause))
    }
    started.on('message', (answer: Answer) => running.get(answer.id)?.hear(answer))
    started.on('error', end)
    started.on('exit', () => end())
    started.unref()
    return started
  }

  async function run<Result>(task: unknown, { signal, grant }: RunOptions): Promise<Result> {
    signal.throwIfAborted()
    worker ??= start()
    const current = worker
    const send = (order: Order) => current.postMessage(order)
    const id = ++tasks
    const over = Promise.withResolvers<unknown>()
    let refusal: { error: unknown } | undefined
    const stop = (error: unknown) => {
      refusal ??= { error }
      send({ kind: 'stop', id })
    }
    const abort = () => stop(signal.reason)
    running.set(id, {
      worker: current,
      fail: over.reject,
      hear: (answer) => {
        if (answer.kind === 'done') over.resolve(answer.result)
        else if (answer.kind === 'failed') over.reject(refusal?.error ?? errorOf(answer.failure))
        else grant?.(answer.wish).then(() => send({ kind: 'granted', id }), stop)
      },
    })
    current.ref()
    signal.addEventListener('abort', abort)
    try {
      send({ kind: 'run', id, task })
      return (await over.promise) as Result
    } finally {
      signal.removeEventListener('abort', abort)
      running.delete(id)
      if (running.size === 0) current.unref()
    }
  }

  return {
    run,
    [Symbol.asyncDispose]: async () => {
      await worker?.terminate()
    },
  }
}

function interrupted(cause: unknown): TransientError {
  const text = 'A thread of the service ended in the midst of its work.'
  return new TransientError('WORK_INTERRUPTED', text, { cause })
}

/** The other side: carries out what `run` sends, many tasks at once. */
export function serve<Task>(work: Work<Task>): void {
  const port = parentPort
  if (port === null) return // imported by a test, in no thread
  // Linux alone has a priority for each thread; elsewhere this would be the whole process.
  if (process.platform === 'linux') setPriority(GIVES_WAY)
  const tasks = new Map<number, { stop: AbortController; wish: PromiseWithResolvers<void> }>()
  const answer = (message: Answer) => port.postMessage(message)

  async function carryOut(id: number, task: Task): Promise<void> {
    const current = { stop: new AbortController(), wish: Promise.withResolvers<void>() }
    const { signal } = current.stop
    tasks.set(id, current)
    const ask = (wish: unknown) => {
      current.wish = Promise.withResolvers()
      if (signal.aborted) current.wish.reject(signal.reason)
      else answer({ kind: 'wish', id, wish })
      return current.wish.promise
    }
    try {
      answer({ kind: 'done', id, result: await work(task, { signal, ask }) })
    } catch (error) {
      answer({ kind: 'failed', id, failure: failureOf(error) })
    } finally {
      tasks.delete(id)
    }
  }

  port.on('message', (order: Order) => {
    if (order.kind === 'run') void carryOut(order.id, order.task as Task)
    else if (order.kind === 'granted') tasks.get(order.id)?.wish.resolve()
    else stop(tasks.get(order.id))
  })
}

function stop(task: { stop: AbortController; wish: PromiseWithResolvers<void> } | undefined): void {
  if (task === undefined) return
  task.stop.abort()
  task.wish.promise.catch(() => {}) // nobody may be waiting for it
  task.wish.reject(task.stop.signal.reason)
}

function failureOf(error: unknown): Failure {
  const { name, message, code, details } = Object(error)
  return {
    isTransient: error instanceof TransientError,
    name: String(name),
    message: String(message),
    code: code === undefined ? undefined : String(code),
    details: error instanceof TransientError ? details : {},
  }
}

function errorOf({ isTransient, name, message, code, details }: Failure): Error {
  if (isTransient) return new TransientError(code as TransientErrorCode, message, { details })
  return Object.assign(new Error(message), { name }, code !== undefined && { code })
}

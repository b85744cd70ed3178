import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

// chDB runs in a child because a running query of its own cannot be stopped inside a process and
// because its queries fill libuv's pool. A child can be killed and started again: acknowledged rows
// are on disk (fsync_after_insert).

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000
const RESTART_DELAY_MS_MIN = 100
const RESTART_DELAY_MS_MAX = 5_000
/** A child that lived this long did not fail by its start. */
const STEADY_MS_MIN = 10_000
/** libuv threads of the child: the running queries and room for files beside them. */
const CHILD_THREADS = '16'

export interface LocalClickhouse extends AsyncDisposable {
  readonly url: string
  readonly username: string
  readonly password: string
  /** The child's process id; another one after a restart. */
  readonly pid: number
  close(): Promise<void>
}

/** What the child is told. */
export type ServerOrder = ServerStart | 'stop'

export interface ServerStart {
  dataDirectory: string
  port: number
  username: string
  password: string
}

/** What the child answers, once: it listens, or it cannot. */
export type ServerAnswer = { port: number } | { failed: string }

/**
 * Starts chDB in a child process behind ClickHouse's HTTP interface, on loopback, and restarts it
 * when it dies, with the same port and password. Rejects when the child cannot start, for instance
 * when another process holds the data directory.
 */
export async function startLocalClickhouse(options: {
  dataDirectory: string
  port?: number
  log?: (line: string) => void
}): Promise<LocalClickhouse> {
  const dataDirectory = resolve(options.dataDirectory)
  await mkdir(dataDirectory, { recursive: true })
  const log = options.log ?? (() => {})
  const start: ServerStart = {
    dataDirectory,
    port: options.port ?? 0,
    username: 'default',
    password: randomBytes(24).toString('base64url'),
  }
  let child = await startChild(start, log)
  start.port = child.port
  const stopping = new AbortController()
  const supervision = supervise()

  async function supervise(): Promise<void> {
    let delayMs = RESTART_DELAY_MS_MIN
    while (true) {
      const startedAt = performance.now()
      await child.ended
      if (stopping.signal.aborted) return
      const wasSteady = performance.now() - startedAt >= STEADY_MS_MIN
      delayMs = wasSteady ? RESTART_DELAY_MS_MIN : Math.min(delayMs * 2, RESTART_DELAY_MS_MAX)
      log(`local-clickhouse ended; it starts again in ${delayMs} ms`)
      await delay(delayMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      try {
        child = await startChild(start, log)
      } catch (error) {
        log(`local-clickhouse did not start: ${String(error)}`)
      }
    }
  }

  async function close(): Promise<void> {
    stopping.abort()
    await child.stop()
    await supervision
    // A child that was starting while we stopped.
    await child.stop()
  }

  return {
    url: `http://127.0.0.1:${start.port}`,
    username: start.username,
    password: start.password,
    get pid() {
      return child.pid
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface Child {
  pid: number
  port: number
  ended: Promise<void>
  stop(): Promise<void>
}

async function startChild(start: ServerStart, log: (line: string) => void): Promise<Child> {
  const child = fork(join(import.meta.dirname, 'main.ts'), [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: childEnvironment(process.env),
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => log(text.trimEnd()))
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  try {
    const port = await listening(child, start)
    return { pid: child.pid ?? 0, port, ended, stop: () => stopChild(child, ended) }
  } catch (error) {
    child.kill('SIGKILL')
    await ended
    throw error
  }
}

function listening(child: ChildProcess, start: ServerStart): Promise<number> {
  return new Promise((done, fail) => {
    const timer = setTimeout(
      () => fail(new Error(`local-clickhouse did not answer within ${START_TIMEOUT_MS} ms`)),
      START_TIMEOUT_MS,
    )
    const settle = (act: () => void) => {
      clearTimeout(timer)
      act()
    }
    child.once('message', (answer: ServerAnswer) =>
      settle(() => ('port' in answer ? done(answer.port) : fail(new Error(answer.failed)))),
    )
    child.once('exit', (code, signal) =>
      settle(() => fail(new Error(`local-clickhouse ended at its start (${signal ?? code})`))),
    )
    child.send(start satisfies ServerOrder)
  })
}

/** The engine has table functions that read credentials from the environment: it gets none. */
function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = env
  return { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE, TZ: 'UTC', UV_THREADPOOL_SIZE: CHILD_THREADS }
}

/** The requests under way have a moment to be answered; then the child is killed. */
async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  if (child.connected) child.send('stop' satisfies ServerOrder, () => {})
  await ended
  clearTimeout(timer)
}

import { constants } from 'node:os'
import { ConfigError } from '#config'

const HARD_STOP_MS = 30_000
/** Ctrl+C reaches us from the terminal, and again from the launcher that passes signals on. */
const SAME_SIGNAL_MS = 500
/** Starting again does not help: systemd does not, and the command line has the same code for its own mistakes. */
const WRONG_ENVIRONMENT = 2

/**
 * A signal closes what runs, and the process ends by itself when nothing is left to do. A second signal,
 * or half a minute, ends it anyway; what is on disk is written so that this loses nothing.
 */
function stopOnSignal(running: { close(): Promise<void> }): void {
  let stoppingSinceMs: number | undefined
  const stop = (signal: 'SIGINT' | 'SIGTERM') => {
    const nowMs = performance.now()
    if (stoppingSinceMs !== undefined) {
      if (nowMs - stoppingSinceMs < SAME_SIGNAL_MS) return
      process.exit(128 + constants.signals[signal])
    }
    stoppingSinceMs = nowMs
    setTimeout(() => {
      console.error(`Still busy after ${HARD_STOP_MS / 1000} seconds: stopping hard.`)
      process.exit(1)
    }, HARD_STOP_MS).unref()
    running.close().catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
}

/**
 * Runs a program to its end: a refusal to start is a sentence on stderr and exit code 1, or 2. A signal that comes
 * while it starts ends it as soon as it has started.
 */
export async function runProcess(start: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  const starting = start()
  stopOnSignal({
    close: async () => {
      const running = await starting.catch(() => undefined)
      await running?.close()
    },
  })
  try {
    await starting
  } catch (error) {
    console.error(error instanceof Error ? sentenceOf(error) : error)
    process.exitCode = error instanceof ConfigError ? WRONG_ENVIRONMENT : 1
  }
}

/** Errors that an operator can act on are told without the stack of our code. */
function sentenceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\n  ${error.cause.message}` : ''
  return process.env.SLUICE_LOG_LEVEL === 'debug' ? String(error.stack) : error.message + cause
}

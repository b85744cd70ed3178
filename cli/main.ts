import { CommanderError } from 'commander'
import { describeError, exitCodes } from './exit.ts'
import { createProgram } from './program.ts'

// Whoever reads our output may stop early: sluice exports list | head
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(exitCodes.done)
})

try {
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

/** Commander has printed its own errors, and help is none. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  const { text, exitCode } = describeError(error)
  console.error(text)
  return exitCode
}

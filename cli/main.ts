import { CommanderError } from 'commander'
import { describeError, exitCodes } from './exit.ts'
import { createProgram } from './program.ts'

// Whoever reads our output may stop early: sluice exports list | head. A disk that is full is another matter.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(exitCodes.done)
  console.error(`The output cannot be written: ${message}`)
  process.exit(exitCodes.failed)
})
// Nobody is left to be told.
process.stderr.on('error', () => {})

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

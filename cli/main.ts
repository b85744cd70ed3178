import { Command, CommanderError } from 'commander'
import { addApiKeys } from './api-keys.ts'
import { describeError, exitCodes } from './exit.ts'
import { addExports } from './exports.ts'
import { addImport } from './import.ts'
import { addLicenses } from './licenses.ts'
import { addOrganizations } from './organizations.ts'
import { addOutputs } from './outputs.ts'

const program = new Command('sluice')
  .description('Samples into each customer’s own bucket, from a terminal.')
  .option('--api-url <url>', 'the service’s API (SLUICE_API_URL)')
  .option('--api-key <key>', 'the API key (SLUICE_API_KEY)')
  .option('--organization <id>', 'act in this organization')
  .option('--json', 'answers as JSON, for scripts')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 the service or the network failed, 2 the command must change, 3 no such thing or
not allowed, 4 the export task ended in ERROR, 5 rows were rejected.

With npm run dev running in this repository, no key is needed:
  sluice licenses list`,
  )

for (const add of [addOrganizations, addApiKeys, addLicenses, addOutputs, addExports, addImport])
  add(program)

// Whoever reads our output may stop early: sluice exports list | head
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(exitCodes.done)
})

try {
  await program.parseAsync()
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

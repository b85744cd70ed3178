import type { Command } from 'commander'
import type { GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { exitCodes, UsageError } from './exit.ts'
import { printJson, printRows } from './print.ts'

/** `serve` and `worker`: the service itself, configured by its environment (docs/configuration.md). */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description(
      'run the service: API, ingest and a worker; docs/configuration.md has its environment',
    )
    .option('--check', 'only say what it would use, and whether that answers')
    .addHelpText('after', examples('sluice serve --check', 'sluice serve'))
    .action(async ({ check }: { check?: boolean }, command: Command) => {
      if (check) return report(undefined, command)
      const service = await import('@sluice/service')
      await service.serve()
    })
  program
    .command('worker')
    .description('run a worker alone, beside services on the same PostgreSQL and ClickHouse')
    .option('--check', 'only say what it would use, and whether that answers')
    .addHelpText('after', examples('sluice worker --check', 'sluice worker'))
    .action(async ({ check }: { check?: boolean }, command: Command) => {
      if (check) return report('worker', command)
      const service = await import('@sluice/service')
      await service.work()
    })
}

async function report(role: 'worker' | undefined, command: Command): Promise<void> {
  const { check } = await import('@sluice/service')
  const parts = await check(role).catch((error: unknown) => {
    throw error instanceof Error && error.name === 'ConfigError'
      ? new UsageError(error.message)
      : error
  })
  if (command.optsWithGlobals<GlobalOptions>().json) printJson(parts)
  else
    printRows(
      ['', 'part', 'uses'],
      parts.flatMap(({ part, uses, problem }) => [
        { '': problem === undefined ? 'OK' : 'ERROR', part, uses },
        ...(problem === undefined ? [] : [{ uses: problem }]),
      ]),
    )
  if (parts.some(({ problem }) => problem !== undefined)) process.exitCode = exitCodes.failed
}

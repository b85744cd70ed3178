import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { printAll, printOne } from './print.ts'

export function addLicenses(program: Command): void {
  const licenses = program.command('licenses').description('analytics licenses of the organization')
  licenses
    .command('create <name>')
    .description('create a license; players report under its licenseKey')
    .option('--time-zone <zone>', 'IANA time zone', 'UTC')
    .addHelpText('after', examples('sluice licenses create web --time-zone Europe/Vienna'))
    .action(async (name: string, options: { timeZone: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { timeZone } = options
      printOne(await connect(globals).client.licenses.create({ name, timeZone }), globals)
    })
  licenses
    .command('list')
    .description('list licenses')
    .addHelpText('after', examples('sluice licenses list --json'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      await printAll(client.licenses.list(), ['id', 'name', 'licenseKey', 'timeZone'], globals)
    })
  licenses
    .command('get <id>')
    .description('show a license')
    .addHelpText('after', examples('sluice licenses get <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.licenses.get(id), globals)
    })
}

import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { printAll, printOne } from './print.ts'

export function addOrganizations(program: Command): void {
  const organizations = program
    .command('organizations')
    .description('organizations, for the operator')
  organizations
    .command('create <name>')
    .description('create an organization')
    .addHelpText('after', examples('sluice organizations create "Aurora Video"'))
    .action(async (name: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.organizations.create({ name }), globals)
    })
  organizations
    .command('list')
    .description('list the organizations that the API key can act in')
    .addHelpText('after', examples('sluice organizations list'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      await printAll(client.organizations.list(), ['id', 'name', 'type'], globals)
    })
  organizations
    .command('get <id>')
    .description('show an organization')
    .addHelpText('after', examples('sluice organizations get <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.organizations.get(id), globals)
    })
}

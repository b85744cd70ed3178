import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { note, printAll, printOne } from './print.ts'

export function addExternalIds(program: Command): void {
  const externalIds = program
    .command('external-ids')
    .description('external ids that are handed out before there is an output')
  externalIds
    .command('create')
    .description('hand out an external id, so that the role can be made before the output')
    .option('--name <name>', 'for people')
    .option('--description <text>', 'for people')
    .addHelpText('after', examples('sluice external-ids create --name nightly'))
    .action(async (options: { name?: string; description?: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const made = await connect(globals).client.externalIds.create(options)
      const { trustPolicy, ...members } = made
      printOne(globals.json ? made : members, globals)
      note(`\nThe trust policy of the role:\n${JSON.stringify(trustPolicy, null, 2)}`)
      note(
        `Then the output: sluice outputs create --bucket <name> --role-arn <arn> --external-id ${made.externalId}`,
      )
    })
  externalIds
    .command('list')
    .description('list those that wait for their output, and those that outputs have taken')
    .addHelpText('after', examples('sluice external-ids list'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['externalId', 'name', 'outputId', 'createdAt']
      await printAll(client.externalIds.list(), columns, globals)
    })
  externalIds
    .command('get <externalId>')
    .description('show one, with the output that has taken it')
    .addHelpText('after', examples('sluice external-ids get <externalId>'))
    .action(async (externalId: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.externalIds.get(externalId), globals)
    })
  externalIds
    .command('delete <externalId>')
    .description('retire one that no output has taken; it never returns')
    .addHelpText('after', examples('sluice external-ids delete <externalId>'))
    .action(async (externalId: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      await connect(globals).client.externalIds.delete(externalId)
      printOne({ externalId }, globals)
    })
}

import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { note, printAll, printOne } from './print.ts'

export function addApiKeys(program: Command): void {
  const apiKeys = program.command('api-keys').description('API keys of the organization')
  apiKeys
    .command('create [name]')
    .description('create an API key; its value is shown this once')
    .addHelpText(
      'after',
      examples(
        'sluice api-keys create nightly',
        'sluice --organization <organization id> api-keys create first',
      ),
    )
    .action(async (name: string | undefined, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      printOne(await client.apiKeys.create(name === undefined ? {} : { name }), globals)
      note('Keep the value now: only its hash is stored.')
    })
  apiKeys
    .command('list')
    .description('list API keys, without their values')
    .addHelpText('after', examples('sluice api-keys list'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      await printAll(client.apiKeys.list(), ['id', 'name', 'createdAt'], globals)
    })
  apiKeys
    .command('delete <id>')
    .description('revoke an API key, at once')
    .addHelpText('after', examples('sluice api-keys delete <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      await connect(globals).client.apiKeys.delete(id)
      printOne({ id }, globals)
    })
}

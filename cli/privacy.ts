import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { note, printAll, printOne } from './print.ts'

interface DeleteOptions {
  userId?: string
  customUserId?: string
  impressionId?: string
  license?: string
  reference?: string
}

export function addPrivacy(program: Command): void {
  const privacy = program
    .command('privacy')
    .description('delete what is kept of a person, and find the exported files that hold it')
  privacy
    .command('delete')
    .description('delete a person’s samples, ad samples and error details; safe to repeat')
    .option('--user-id <id>', 'the browser or device: user_id of the samples')
    .option('--custom-user-id <id>', 'the user, as you name them: custom_user_id of the samples')
    .option('--impression-id <id>', 'one impression alone')
    .option('--license <key>', 'of this license, or virtual license, alone; all when absent')
    .option('--reference <text>', 'for the record, such as the number of the request')
    .addHelpText(
      'after',
      examples("sluice privacy delete --custom-user-id viewer-7 --reference 'request 12'"),
    )
    .action(async (options: DeleteOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { license, ...named } = options
      const { client } = connect(globals)
      const made = await client.privacyDeletions.create({
        ...named,
        ...(license !== undefined && { licenseKey: license }),
      })
      printOne(made, globals)
      note(`\nExported files that hold it are yours to delete: sluice privacy files ${made.id}`)
    })
  privacy
    .command('list')
    .description('list the records of deletions, the newest first')
    .addHelpText('after', examples('sluice privacy list'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['id', 'type', 'status', 'samples', 'adSamples', 'createdAt', 'reference']
      await printAll(client.privacyDeletions.list(), columns, globals)
    })
  privacy
    .command('get <id>')
    .description('show the record of a deletion')
    .addHelpText('after', examples('sluice privacy get <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.privacyDeletions.get(id), globals)
    })
  privacy
    .command('files <id>')
    .description('list the exported files that hold the person’s rows')
    .addHelpText('after', examples('sluice privacy files <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['bucketName', 'objectKey', 'status', 'taskId', 'deliveredAt']
      await printAll(client.privacyDeletions.listFiles(id), columns, globals)
    })
}

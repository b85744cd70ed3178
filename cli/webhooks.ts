import type { Client } from '@sluice/sdk'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { note, printAll, printOne } from './print.ts'

type NewWebhook = Parameters<Client['webhooks']['create']>[0]

interface MemberOptions {
  url?: string
  events?: string[]
  name?: string
}

const eventsText =
  'export.finished, export.failed, export_schedule.late, export_schedule.failed, export_schedule.expired and ' +
  'verification.turned; several with spaces between'

export function addWebhooks(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description('signed messages to your own systems: what became of exports, roles and schedules')
  addKeeping(webhooks)
  addLooking(webhooks)
  addDeliveries(webhooks)
}

function addKeeping(webhooks: Command): void {
  webhooks
    .command('create <url>')
    .description('create a webhook; its secret is shown this once')
    .requiredOption('--events <event...>', eventsText)
    .option('--name <name>', 'for people')
    .addHelpText(
      'after',
      examples(
        'sluice webhooks create https://hooks.example/sluice --events export.finished export.failed',
      ),
    )
    .action(async (url: string, options: MemberOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const body = { ...membersOf(options), url } as NewWebhook // commander has demanded the events
      printOne(await connect(globals).client.webhooks.create(body), globals)
      noteSecret()
    })
  webhooks
    .command('update <id>')
    .description('change a webhook, or switch it off and on; what is not given stays')
    .option('--url <url>', 'where messages go')
    .option('--events <event...>', eventsText)
    .option('--name <name>', 'for people')
    .option('--enable', 'go on sending')
    .option('--disable', 'send nothing, and store nothing new')
    .addHelpText('after', examples('sluice webhooks update <id> --disable'))
    .action(async (id: string, options: UpdateOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.webhooks.update(id, changeOf(options)), globals)
    })
  webhooks
    .command('rotate-secret <id>')
    .description('make a new secret, shown this once; the one before signs too for a day')
    .addHelpText('after', examples('sluice webhooks rotate-secret <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.webhooks.rotateSecret(id), globals)
      noteSecret()
    })
  webhooks
    .command('delete <id>')
    .description('delete a webhook and its deliveries')
    .addHelpText('after', examples('sluice webhooks delete <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      await connect(globals).client.webhooks.delete(id)
      printOne({ id }, globals)
    })
}

function addLooking(webhooks: Command): void {
  webhooks
    .command('list')
    .description('list webhooks')
    .addHelpText('after', examples('sluice webhooks list'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      await printAll(client.webhooks.list(), ['id', 'name', 'url', 'events', 'enabled'], globals)
    })
  webhooks
    .command('get <id>')
    .description('show a webhook')
    .addHelpText('after', examples('sluice webhooks get <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.webhooks.get(id), globals)
    })
}

function addDeliveries(webhooks: Command): void {
  webhooks
    .command('deliveries <id>')
    .description('what was sent, the newest first, and what the receiver answered')
    .addHelpText('after', examples('sluice webhooks deliveries <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['id', 'event', 'status', 'attempts', 'responseCode', 'problem', 'createdAt']
      await printAll(client.webhooks.listDeliveries(id), columns, globals)
    })
  webhooks
    .command('replay <id> <deliveryId>')
    .description('send a delivery again, under the same id')
    .addHelpText('after', examples('sluice webhooks replay <id> <deliveryId>'))
    .action(async (id: string, deliveryId: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.webhooks.replay(id, deliveryId), globals)
    })
}

interface UpdateOptions extends MemberOptions {
  enable?: true
  disable?: true
}

function changeOf({ enable, disable, ...options }: UpdateOptions) {
  const members = membersOf(options)
  if (enable === disable) return members
  return { ...members, enabled: enable === true }
}

/** The service knows the events, and names them all when one is none. */
function membersOf({ url, events, name }: MemberOptions): Partial<NewWebhook> {
  return {
    ...(url !== undefined && { url }),
    ...(events !== undefined && { events: events as NewWebhook['events'] }),
    ...(name !== undefined && { name }),
  }
}

function noteSecret(): void {
  note(
    '\nKeep the secret: it is not shown again. With it, a library of https://www.standardwebhooks.com ' +
      'tells Sluice’s messages from others.',
  )
}

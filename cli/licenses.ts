import type { Client } from '@sluice/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { printAll, printJson, printOne, printRows } from './print.ts'

interface LicenseOptions {
  name?: string
  timeZone?: string
  ignoreDnt?: 'true' | 'false'
  retention?: string
  label?: Record<string, string>
}

export function addLicenses(program: Command): void {
  const licenses = program.command('licenses').description('analytics licenses of the organization')
  licenses
    .command('create <name>')
    .description('create a license; players report under its licenseKey')
    .addOption(timeZone().default('UTC'))
    .addOption(ignoreDnt())
    .addOption(retention())
    .addHelpText('after', examples('sluice licenses create web --time-zone Europe/Vienna'))
    .action(async (name: string, options: LicenseOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const made = await connect(globals).client.licenses.create({ name, ...membersOf(options) })
      printOne(made, globals)
    })
  licenses
    .command('list')
    .description('list licenses')
    .addHelpText('after', examples('sluice licenses list --json'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['id', 'name', 'licenseKey', 'timeZone', 'impressions']
      await printAll(client.licenses.list(), columns, globals)
    })
  licenses
    .command('get <id>')
    .description('show a license, with how many impressions of it were played')
    .addHelpText('after', examples('sluice licenses get <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.licenses.get(id), globals)
    })
  licenses
    .command('update <id>')
    .description('change a license; what is not named stays')
    .option('--name <name>', 'for people')
    .addOption(timeZone())
    .addOption(ignoreDnt())
    .addOption(retention())
    .option(
      '--label <field=text...>',
      'what custom data is called, all of it: customData1=tier',
      readLabel,
    )
    .addHelpText(
      'after',
      examples(
        'sluice licenses update <id> --ignore-dnt true',
        'sluice licenses update <id> --retention P90D --label customData1=tier',
      ),
    )
    .action(async (id: string, options: LicenseOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.licenses.update(id, membersOf(options)), globals)
    })
  addSamples(licenses)
  addDomains(licenses)
}

function addSamples(licenses: Command): void {
  licenses
    .command('hours <id>')
    .description('count a license’s samples, hour by hour')
    .requiredOption('--from <instant>', 'first instant, ISO 8601 in UTC')
    .requiredOption('--to <instant>', 'end, exclusive')
    .addHelpText(
      'after',
      examples('sluice licenses hours <id> --from 2026-01-31T00:00:00Z --to 2026-02-01T00:00:00Z'),
    )
    .action(async (id: string, { from, to }: { from: string; to: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const hours = await client.licenses.listSampleHours(id, { start: from, end: to })
      if (globals.json) printJson(hours)
      else printRows(['startTime', 'samples', 'adSamples', 'isClosed'], hours)
    })
  licenses
    .command('samples <id>')
    .description('show the newest rows of a license, as a file would have them')
    .option('--columns <names>', 'names with commas between them')
    .option('--limit <rows>', 'at most 50', '10')
    .addHelpText('after', examples('sluice licenses samples <id> --columns time,state,duration'))
    .action(async (id: string, options: NewestOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { columns, rows } = await connect(globals).client.licenses.listNewestSamples(id, {
        limit: Number(options.limit),
        ...(options.columns !== undefined && { columns: options.columns.split(',') }),
      })
      if (globals.json) printJson(rows)
      else
        printRows(
          columns.map(({ name }) => name),
          rows,
        )
    })
}

interface NewestOptions {
  columns?: string
  limit: string
}

const timeZone = () => new Option('--time-zone <zone>', 'IANA time zone')
const retention = () =>
  new Option('--retention <duration>', 'how long samples are kept that come from now on: P30D')
const ignoreDnt = () =>
  new Option('--ignore-dnt <boolean>', 'take samples from users who ask not to be tracked').choices(
    ['true', 'false'],
  )

function readLabel(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It is <field>=<text>, such as customData1=tier.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

function membersOf(options: LicenseOptions): Parameters<Client['licenses']['update']>[1] {
  const { name, timeZone, ignoreDnt, retention, label } = options
  return {
    ...(name !== undefined && { name }),
    ...(timeZone !== undefined && { timeZone }),
    ...(ignoreDnt !== undefined && { ignoreDNT: ignoreDnt === 'true' }),
    ...(retention !== undefined && { retentionTime: retention }),
    ...(label !== undefined && { customDataFieldLabels: label }),
  }
}

function addDomains(licenses: Command): void {
  const domains = licenses
    .command('domains')
    .description('where players of a license may run; anywhere while it has none')
  domains
    .command('add <id> <url>')
    .description('allow one more; *.example.org means every host below it')
    .addHelpText('after', examples("sluice licenses domains add <id> '*.example.org'"))
    .action(async (id: string, url: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.licenses.domains.add(id, url), globals)
    })
  domains
    .command('list <id>')
    .description('list them')
    .addHelpText('after', examples('sluice licenses domains list <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const found = await connect(globals).client.licenses.domains.list(id)
      if (globals.json) printJson(found)
      else printRows(['id', 'url'], found)
    })
  domains
    .command('delete <id> <domain>')
    .description('take one back, by its id')
    .addHelpText('after', examples('sluice licenses domains delete <id> <domain>'))
    .action(async (id: string, domain: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      await connect(globals).client.licenses.domains.delete(id, domain)
      printOne({ id: domain }, globals)
    })
}

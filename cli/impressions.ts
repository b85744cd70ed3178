import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { printJson, printRows } from './print.ts'

interface FindOptions {
  license: string
  from: string
  to: string
  limit: string
}

export function addImpressions(program: Command): void {
  const impressions = program
    .command('impressions')
    .description('single impressions, from the store: hours that are still open, too')
  impressions
    .command('find')
    .description('find impressions of a window, the last seen first')
    .requiredOption('--license <key>', 'the license key, or the id of a virtual license')
    .requiredOption('--from <instant>', 'first instant, ISO 8601 in UTC')
    .requiredOption('--to <instant>', 'end, exclusive')
    .option('--limit <count>', 'at most so many', '100')
    .addHelpText(
      'after',
      examples(
        'sluice impressions find --license <key> \\',
        '  --from 2026-01-31T00:00:00Z --to 2026-02-01T00:00:00Z',
      ),
    )
    .action(async (options: FindOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { license: licenseKey, from: start, to: end, limit } = options
      const query = { licenseKey, start, end, limit: Number(limit) }
      const found = await connect(globals).client.impressions.find(query)
      const things = found.map((impressionId) => ({ impressionId }))
      if (globals.json) printJson(things)
      else printRows(['impressionId'], things)
    })
  addReads(impressions)
}

const reads = [
  {
    name: 'get',
    description: 'its samples, in the order of the player',
    read: 'get',
    columns: ['sequence_number', 'state', 'duration', 'played', 'video_startuptime', 'error_code'],
  },
  {
    name: 'ads',
    description: 'its ad samples',
    read: 'listAds',
    columns: ['ad_impression_id', 'ad_position', 'started', 'midpoint', 'completed', 'skipped'],
  },
  {
    name: 'errors',
    description: 'what the player told about its errors',
    read: 'listErrors',
    columns: ['errorId', 'time', 'code', 'severity', 'message'],
  },
] as const

function addReads(impressions: Command): void {
  for (const { name, description, read, columns } of reads)
    impressions
      .command(`${name} <impression>`)
      .description(`${description}; --json has all of each`)
      .requiredOption('--license <key>', 'the license key, or the id of a virtual license')
      .addHelpText('after', examples(`sluice impressions ${name} <impression> --license <key>`))
      .action(async (id: string, options: { license: string }, command: Command) => {
        const globals = command.optsWithGlobals<GlobalOptions>()
        const { client } = connect(globals)
        const found = await client.impressions[read](id, { licenseKey: options.license })
        const rows = Array.isArray(found) ? found : found.errorDetails
        if (globals.json) printJson(rows)
        else printRows([...columns], rows)
      })
}

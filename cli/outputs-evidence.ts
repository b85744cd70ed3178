import type { OutputReport } from '@sluice/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { printAll, printJson, printRows } from './print.ts'

type Format = OutputReport['documents'][number]['format']
const formats: Format[] = ['markdown', 'html', 'json']

/** `outputs report`: what a security reviewer asks for, in one document. */
export function addReport(outputs: Command): void {
  outputs
    .command('report <id>')
    .description('for a security reviewer: who gets in, how it was proved, every use of the role')
    .addOption(
      new Option('--format <format>', 'of the document').choices(formats).default('markdown'),
    )
    .option('--days <days>', 'of how many days uses of the role are shown', readDays, 30)
    .addHelpText(
      'after',
      examples(
        'sluice outputs report <id>',
        'sluice outputs report <id> --format html --days 90 > report.html',
      ),
    )
    .action(async (id: string, { format, days }: ReportOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { documents, ...report } = await connect(globals).client.outputs.s3RoleBased.getReport(
        id,
        { days },
      )
      if (globals.json) printJson(report)
      else process.stdout.write(documents.find((each) => each.format === format)?.text ?? '')
    })
}

interface ReportOptions {
  format: Format
  days: number
}

/** How many are possible the service knows. */
function readDays(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days)) throw new InvalidArgumentError('It must be a whole number.')
  return days
}

/** `outputs hours`: whether each hour is in the bucket. */
export function addHours(outputs: Command): void {
  outputs
    .command('hours <id>')
    .description('say of each hour whether it is in the bucket, and why not')
    .requiredOption('--from <instant>', 'first instant, ISO 8601 in UTC')
    .requiredOption('--to <instant>', 'end, exclusive; at most 100 days later')
    .addHelpText(
      'after',
      examples('sluice outputs hours <id> --from 2026-01-31T00:00:00Z --to 2026-02-01T00:00:00Z'),
    )
    .action(async (id: string, { from, to }: { from: string; to: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { s3RoleBased } = connect(globals).client.outputs
      const hours = await s3RoleBased.listHours(id, { start: from, end: to })
      if (globals.json) printJson(hours)
      else printRows(['startTime', 'status', 'rows', 'bytes', 'exportTaskIds'], hours)
    })
}

/** `outputs accesses`: every use of the role. */
export function addAccesses(outputs: Command): void {
  outputs
    .command('accesses <id>')
    .description('every use of the output’s role, the newest first, as CloudTrail knows it')
    .option('--from <instant>', 'only uses since then: 2026-01-31T00:00:00Z')
    .option('--to <instant>', 'only uses before then')
    .addHelpText(
      'after',
      examples(
        'sluice outputs accesses <id>',
        'sluice outputs accesses <id> --from 2026-01-31T00:00:00Z --to 2026-02-01T00:00:00Z',
      ),
    )
    .action(async (id: string, window: { from?: string; to?: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = [
        ...['at', 'why', 'action', 'outcome', 'objectKey', 'accessKeyId'],
        ...['stsRequestIds', 's3RequestIds'],
      ]
      await printAll(client.outputs.s3RoleBased.listAccesses(id, window), columns, globals)
    })
}

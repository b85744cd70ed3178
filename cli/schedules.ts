import type { NewExportSchedule } from '@sluice/sdk'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { addContentOptions, type ContentOptions, choice, readContent } from './content-options.ts'
import { examples } from './examples.ts'
import { note, printAll, printOne } from './print.ts'

interface CreateOptions extends ContentOptions {
  output: string
  license: string
  path: string
  frequency: 'HOURLY' | 'DAILY'
  from?: string
  name: string
  overwriteLatest?: boolean
}

export function addSchedules(program: Command): void {
  const schedules = program
    .command('schedules')
    .description('export schedules: every hour or day into an output, by itself')
  addCreate(schedules)
  schedules
    .command('list')
    .description('list export schedules, the newest first')
    .addHelpText('after', examples('sluice schedules list'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['id', 'name', 'frequency', 'status', 'completeUntil', 'lateSince']
      await printAll(client.exportSchedules.list(), columns, globals)
    })
  addVerb(schedules, 'get', 'show an export schedule, and up to which hour everything is there')
  addVerb(schedules, 'pause', 'make no export tasks until it is resumed; no hour is lost')
  addVerb(schedules, 'resume', 'go on where it was paused, in order')
  addBackfill(schedules)
  schedules
    .command('hours <id>')
    .description('list every hour that is due, the newest first, with what became of it')
    .addHelpText('after', examples('sluice schedules hours <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['startTime', 'number', 'status', 'exportTaskId', 'objectKey']
      await printAll(client.exportSchedules.listHours(id), columns, globals)
    })
  schedules
    .command('delete <id>')
    .description('delete an export schedule; its export tasks go on, and its files stay')
    .addHelpText('after', examples('sluice schedules delete <id>'))
    .action(async (id: string, _options, command: Command) => {
      await connect(command.optsWithGlobals<GlobalOptions>()).client.exportSchedules.delete(id)
      note(`Deleted ${id}.`)
    })
}

function addCreate(schedules: Command): void {
  const create = schedules
    .command('create')
    .description('export every hour, or every day, as soon as it is closed')
    .requiredOption('--output <id>', 'the output')
    .requiredOption('--license <key>', 'the license key')
    .requiredOption('--path <path>', 'where in the bucket, below the output’s path prefix')
    .addOption(
      choice('--frequency <frequency>', 'days are those of the license’s time zone', [
        'HOURLY',
        'DAILY',
      ]).default('HOURLY'),
    )
    .option('--from <instant>', 'in the first hour or day; the current one when absent')
    .option('--name <name>', 'for people', 'export')
    .option('--overwrite-latest', 'keep latest.json, which says up to when everything is there')
  addContentOptions(create)
    .addHelpText(
      'after',
      examples(
        'sluice schedules create --output <id> --license <key> --path every-hour \\',
        '  --layout HIVE --format PARQUET --overwrite-latest',
      ),
    )
    .action(async (options: CreateOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const schedule = await connect(globals).client.exportSchedules.create(newSchedule(options))
      printOne(schedule, globals)
      note(`See its hours: sluice schedules hours ${schedule.id}`)
    })
}

function newSchedule(options: CreateOptions): NewExportSchedule {
  return {
    name: options.name,
    frequency: options.frequency,
    licenseKey: options.license,
    ...readContent(options),
    ...(options.from !== undefined && { startTime: options.from }),
    output: {
      outputId: options.output,
      outputPath: options.path,
      ...(options.overwriteLatest && { overwriteLatest: true }),
    },
  }
}

function addVerb(schedules: Command, verb: 'get' | 'pause' | 'resume', text: string): void {
  schedules
    .command(`${verb} <id>`)
    .description(text)
    .addHelpText('after', examples(`sluice schedules ${verb} <id>`))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.exportSchedules[verb](id), globals)
    })
}

function addBackfill(schedules: Command): void {
  schedules
    .command('backfill <id>')
    .description('export hours before its start too, and those that have failed once more')
    .requiredOption('--from <instant>', 'in the first hour or day, ISO 8601 in UTC')
    .option('--to <instant>', 'end, exclusive; all that is due when absent')
    .addHelpText('after', examples('sluice schedules backfill <id> --from 2026-01-31T00:00:00Z'))
    .action(async (id: string, options: { from: string; to?: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const body = {
        startTime: options.from,
        ...(options.to !== undefined && { endTime: options.to }),
      }
      printOne(await connect(globals).client.exportSchedules.backfill(id, body), globals)
    })
}

import type { Client, ExportTask, NewExportTask } from '@sluice/sdk'
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { addContentOptions, type ContentOptions, readContent } from './content-options.ts'
import { examples } from './examples.ts'
import { note, printAll, printOne } from './print.ts'
import { startBar } from './progress-bar.ts'

interface CreateOptions extends ContentOptions {
  output: string
  license: string
  from: string
  to: string
  path: string
  name?: string
  overwrite?: boolean
  wait?: boolean
  estimate?: boolean
}

const states = ['QUEUED', 'STARTED', 'CANCELLING', 'CANCELLED', 'FINISHED', 'ERROR'] as const

interface ListOptions {
  state?: (typeof states)[number]
  output?: string
  license?: string
}

export function addExports(program: Command): void {
  const exports = program
    .command('exports')
    .description('export tasks: a window of samples into an output')
  const create = exports
    .command('create')
    .description('export a window of samples to an output, one file per hour')
    .requiredOption('--output <id>', 'the output')
    .requiredOption('--license <key>', 'the license key, or the id of a virtual license')
    .requiredOption('--from <instant>', 'first instant, ISO 8601 in UTC')
    .requiredOption('--to <instant>', 'end, exclusive')
    .requiredOption('--path <path>', 'where in the bucket, below the output’s path prefix')
    .option('--name <name>', 'for people', 'export')
    .option('--overwrite', 'replace what lies under the keys, whoever wrote it')
    .option('--wait', 'wait until the task has ended, with its progress')
    .option('--estimate', 'say what it would hold and meet, and start nothing')
  addContentOptions(create)
    .addHelpText(
      'after',
      examples(
        'sluice exports create --output <id> --license <key> --path 2026-01-31 \\',
        '  --from 2026-01-31T00:00:00Z --to 2026-02-01T00:00:00Z --format PARQUET --wait',
      ),
    )
    .action(async (options: CreateOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      if (options.estimate) {
        const { hours, ...rest } = await client.exportTasks.estimate(newTask(options))
        printOne(globals.json ? { ...rest, hours } : rest, globals)
        return
      }
      const task = await client.exportTasks.create(newTask(options))
      if (!options.wait) {
        printOne(task, globals)
        note(`Watch it: sluice exports watch ${task.id}`)
        return
      }
      printOne(await watch(client, task.id), globals)
    })
  exports
    .command('list')
    .description('list export tasks, the newest first')
    .addOption(new Option('--state <state>', 'in this state alone').choices(states))
    .option('--output <id>', 'of this output')
    .option('--license <key>', 'of this license or virtual license')
    .addHelpText('after', examples('sluice exports list', 'sluice exports list --state ERROR'))
    .action(async (options: ListOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const { state, output, license } = options
      const filter = {
        ...(state !== undefined && { state }),
        ...(output !== undefined && { outputId: output }),
        ...(license !== undefined && { licenseKey: license }),
      }
      const columns = ['id', 'name', 'state', 'progress', 'startTime', 'endTime', 'fileFormat']
      await printAll(client.exportTasks.list(filter), columns, globals)
    })
  exports
    .command('get <id>')
    .description('show an export task; of one in ERROR, why and what to change')
    .addHelpText('after', examples('sluice exports get <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.exportTasks.get(id), globals)
    })
  exports
    .command('files <id>')
    .description('list an export task’s files, the manifest last, with what is known of each')
    .addHelpText('after', examples('sluice exports files <id>', 'sluice exports files <id> --json'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['objectKey', 'status', 'rows', 'bytes', 'attempts', 'deliveredAt']
      await printAll(client.exportTasks.listFiles(id), columns, globals)
    })
  exports
    .command('watch <id>')
    .description('wait until an export task has ended, with its progress')
    .addHelpText('after', examples('sluice exports watch <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await watch(connect(globals).client, id), globals)
    })
  addMoves(exports)
}

function addMoves(exports: Command): void {
  exports
    .command('log <id>')
    .description('list what happened to an export task: attempts, failures, who stopped it')
    .addHelpText('after', examples('sluice exports log <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      await printAll(client.exportTasks.listLog(id), ['at', 'event', 'message'], globals)
    })
  exports
    .command('cancel <id>')
    .description('stop an export task: no manifest; the files that are delivered stay')
    .addHelpText('after', examples('sluice exports cancel <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.exportTasks.cancel(id), globals)
      note(`What is delivered: sluice exports files ${id}`)
    })
  exports
    .command('retry <id>')
    .description('deliver what is missing of an export task in ERROR, or of a cancelled one')
    .addHelpText('after', examples('sluice exports retry <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.exportTasks.retry(id), globals)
      note(`Watch it: sluice exports watch ${id}`)
    })
}

function newTask(options: CreateOptions): NewExportTask {
  return {
    name: options.name ?? 'export',
    startTime: options.from,
    endTime: options.to,
    licenseKey: options.license,
    ...readContent(options),
    output: {
      outputId: options.output,
      outputPath: options.path,
      ...(options.overwrite && { overwrite: true }),
    },
  }
}

/** With what it waits for, once, then its progress. Throws ExportTaskError. */
async function watch(client: Client, id: string): Promise<ExportTask> {
  let told: string | undefined
  let bar: ReturnType<typeof startBar>
  const onProgress = ({ progress, state, waitsFor }: ExportTask) => {
    if (waitsFor === undefined) {
      bar ??= startBar('{bar} {value} % {state}', { total: 100, shown: { state } })
      bar?.update(progress, { state })
    } else if (waitsFor !== told) note(waitsFor)
    told = waitsFor
  }
  try {
    return await client.exportTasks.waitUntilFinished(id, { onProgress })
  } finally {
    bar?.stop()
  }
}

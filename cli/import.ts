import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import type { Client, ImportReport } from '@sluice/sdk'
import { Presets, SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { exitCodes, UsageError } from './exit.ts'
import { note, printJson } from './print.ts'

const contentTypes = {
  '.ndjson': 'application/x-ndjson',
  '.jsonl': 'application/x-ndjson',
  '.csv': 'text/csv',
} as const

export function addImport(program: Command): void {
  program
    .command('import <files...>')
    .description('store samples with times of their own, from NDJSON or CSV files in column form')
    .requiredOption('--license <key>', 'the license key')
    .addHelpText('after', '\nExample:\n  sluice import january.ndjson --license <key>\n')
    .action(async (files: string[], options: { license: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const sizes = await Promise.all(files.map(sizeOf))
      const licenseId = await findLicense(client, options.license)
      const reports: (ImportReport & { file: string })[] = []
      for (const [index, file] of files.entries()) {
        const report = await importFile(client, { file, bytes: sizes[index] ?? 0, licenseId })
        reports.push({ file, ...report })
        if (!globals.json) describe(file, report)
      }
      if (globals.json) printJson(reports)
      if (reports.some(({ rejected }) => rejected > 0)) process.exitCode = exitCodes.rowsRejected
    })
}

/** Before anything is sent: a file that is not there stops all. */
async function sizeOf(file: string): Promise<number> {
  typeOf(file)
  const { size } = await stat(file).catch(() => {
    throw new UsageError(`There is no file ${file}. Nothing was imported.`)
  })
  return size
}

function typeOf(file: string) {
  const extension = Object.entries(contentTypes).find(
    ([name]) => name === extname(file).toLowerCase(),
  )
  if (extension !== undefined) return extension[1]
  const known = Object.keys(contentTypes).join(', ')
  throw new UsageError(`${file} must end in ${known}, so that its format is known.`)
}

async function findLicense(client: Client, licenseKey: string): Promise<string> {
  for await (const license of client.licenses.list())
    if (license.licenseKey === licenseKey) return license.id
  throw new UsageError(`There is no license with the key ${licenseKey}. See: sluice licenses list`)
}

async function importFile(
  client: Client,
  sent: { file: string; bytes: number; licenseId: string },
): Promise<ImportReport> {
  const stream = process.stderr
  const format = `${sent.file} {bar} {percentage} %`
  const bar = new SingleBar({ stream, format, clearOnComplete: true }, Presets.shades_classic)
  if (stream.isTTY) bar.start(sent.bytes, 0)
  const source = createReadStream(sent.file)
  source.on('data', (chunk) => {
    if (stream.isTTY) bar.increment(chunk.length)
  })
  try {
    return await client.licenses.importSamples(sent.licenseId, {
      contentType: typeOf(sent.file),
      body: Readable.toWeb(source) as ReadableStream<Uint8Array>,
    })
  } finally {
    bar.stop()
    source.destroy()
  }
}

function describe(file: string, { accepted, rejected, errors }: ImportReport): void {
  console.log(`${file}: ${accepted} rows stored, ${rejected} rejected`)
  for (const { line, message } of errors) note(`${file}:${line} ${message}`)
  if (rejected > errors.length) note(`… and ${rejected - errors.length} more`)
}

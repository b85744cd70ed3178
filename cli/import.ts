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

const contentTypes = { ndjson: 'application/x-ndjson', csv: 'text/csv' } as const
type Format = keyof typeof contentTypes
const formats = Object.keys(contentTypes) as Format[]
const formatsByEnding = new Map<string, Format>([
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
  ['.csv', 'csv'],
])
const STANDARD_INPUT = '-'

interface ImportOptions {
  license: string
  format?: string
}

/** Something to send: its bytes, and what they are. */
interface Source {
  file: string
  format: Format
  isGzipped: boolean
  /** Undefined: not known ahead. */
  bytes: number | undefined
}

export function addImport(program: Command): void {
  program
    .command('import <files...>')
    .description('store samples with times of their own, from NDJSON or CSV in column form')
    .requiredOption('--license <key>', 'the license key')
    .option('--format <format>', `${formats.join(' or ')}; for - and where the name does not tell`)
    .addHelpText(
      'after',
      '\nFiles may be packed (.ndjson.gz); - is the standard input.\n\nExamples:\n' +
        '  sluice import january.ndjson --license <key>\n' +
        '  zstdcat january.csv.zst | sluice import - --format csv --license <key>\n',
    )
    .action(async (files: string[], options: ImportOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const sources = await Promise.all(files.map((file) => sourceOf(file, options.format)))
      const licenseId = await findLicense(client, options.license)
      const reports: (ImportReport & { file: string })[] = []
      for (const source of sources) {
        const report = await importFile(client, source, licenseId)
        reports.push({ file: source.file, ...report })
        if (!globals.json) describe(source.file, report)
      }
      if (globals.json) printJson(reports)
      if (reports.some(({ rejected }) => rejected > 0)) process.exitCode = exitCodes.rowsRejected
    })
}

/** Before anything is sent: a file that is not there stops all. */
async function sourceOf(file: string, asked: string | undefined): Promise<Source> {
  const isGzipped = file.endsWith('.gz')
  const format = asked === undefined ? formatOf(file) : formats.find((it) => it === asked)
  if (format === undefined) throw new UsageError(`--format must be ${formats.join(' or ')}.`)
  if (file === STANDARD_INPUT) return { file, format, isGzipped, bytes: undefined }
  const { size } = await stat(file).catch(() => {
    throw new UsageError(`There is no file ${file}. Nothing was imported.`)
  })
  return { file, format, isGzipped, bytes: size }
}

function formatOf(file: string): Format {
  const format = formatsByEnding.get(extname(file.replace(/\.gz$/, '')).toLowerCase())
  if (format !== undefined) return format
  if (file === STANDARD_INPUT) throw new UsageError('For the standard input, add --format.')
  const known = [...formatsByEnding.keys()].join(', ')
  throw new UsageError(`${file} must end in ${known} (and .gz), or add --format.`)
}

async function findLicense(client: Client, licenseKey: string): Promise<string> {
  for await (const license of client.licenses.list())
    if (license.licenseKey === licenseKey) return license.id
  throw new UsageError(`There is no license with the key ${licenseKey}. See: sluice licenses list`)
}

async function importFile(
  client: Client,
  { file, format, isGzipped, bytes }: Source,
  licenseId: string,
): Promise<ImportReport> {
  const stream = process.stderr
  const layout = `${file} {bar} {percentage} %`
  const bar = new SingleBar(
    { stream, format: layout, clearOnComplete: true },
    Presets.shades_classic,
  )
  const isShown = stream.isTTY && bytes !== undefined
  if (isShown) bar.start(bytes, 0)
  const source = file === STANDARD_INPUT ? process.stdin : createReadStream(file)
  source.on('data', (chunk: Buffer | string) => {
    if (isShown) bar.increment(chunk.length)
  })
  try {
    return await client.licenses.importSamples(licenseId, {
      contentType: contentTypes[format],
      isGzipped,
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

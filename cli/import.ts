import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip, gzipSync } from 'node:zlib'
import { type Client, ConnectionError, type ImportReport, ServiceError } from '@sluice/sdk'
import { type Command, Option } from 'commander'
import pRetry from 'p-retry'
import { connect, type GlobalOptions } from './connection.ts'
import { cutRows, type Piece, type Place } from './cut-rows.ts'
import { examples } from './examples.ts'
import { exitCodes, UsageError } from './exit.ts'
import { findProgress, forgetProgress, type ImportedFile, keepProgress } from './import-progress.ts'
import { note, printJson } from './print.ts'
import { startBar } from './progress-bar.ts'

const contentTypes = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
} as const
type Format = keyof typeof contentTypes
const formats = Object.keys(contentTypes) as Format[]
const formatsByEnding = new Map<string, Format>([
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
  ['.csv', 'csv'],
  ['.parquet', 'parquet'],
])
const STANDARD_INPUT = '-'
/** Of the rejected rows of a file, as many are named: with --json, and to people, who see the pattern sooner. */
const ERRORS_MAX = 100
const SHOWN_ERRORS_MAX = 10
/** How often a piece is sent again, after 1, 3 and 9 seconds. */
const RETRIES = 3
const PAUSE_MS_MIN = 1_000
const PAUSE_FACTOR = 3

interface ImportOptions {
  license: string
  format?: Format
  restart?: boolean
}

/** Something to send: its bytes, and what they are. */
interface Source {
  file: string
  format: Format
  isGzipped: boolean
  /** Undefined: the standard input. */
  size: { bytes: number; modifiedMs: number } | undefined
}

interface Target {
  client: Client
  licenseId: string
  licenseKey: string
  apiUrl: string
}

export function addImport(program: Command): void {
  program
    .command('import <files...>')
    .description(
      'store samples with times of their own, from NDJSON, CSV or Parquet in column form',
    )
    .requiredOption('--license <key>', 'the license key')
    .addOption(
      new Option('--format <format>', 'for - and where the name does not tell').choices(formats),
    )
    .option('--restart', 'from the beginning, also where an earlier import broke off')
    .addHelpText(
      'after',
      '\nNDJSON and CSV may be packed (.ndjson.gz); - is the standard input. An import that breaks off goes\n' +
        'on where it stopped when the command is given again; rows that are sent twice are stored once.\n' +
        examples(
          'sluice import january.ndjson february.csv.gz --license <key>',
          'sluice import day.parquet --license <key>',
          'zstdcat january.csv.zst | sluice import - --format csv --license <key>',
        ),
    )
    .action(async (files: string[], options: ImportOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client, connection } = connect(globals)
      const sources = await Promise.all(files.map((file) => sourceOf(file, options.format)))
      const licenseId = await findLicense(client, options.license)
      const { apiUrl } = connection
      const target = { client, licenseId, licenseKey: options.license, apiUrl }
      const reports: (ImportReport & { file: string })[] = []
      for (const source of sources) {
        const report = await importSource(target, source, options)
        reports.push({ file: source.file, ...report })
        if (!globals.json) describe(source.file, report)
      }
      if (globals.json) printJson(reports)
      if (reports.some(({ rejected }) => rejected > 0)) process.exitCode = exitCodes.rowsRejected
    })
}

/** Before anything is sent: a file that is not there stops all. */
async function sourceOf(file: string, asked: Format | undefined): Promise<Source> {
  const isGzipped = file.endsWith('.gz')
  const format = asked ?? formatOf(file)
  if (file === STANDARD_INPUT) return { file, format, isGzipped, size: undefined }
  const { size: bytes, mtimeMs: modifiedMs } = await stat(file).catch(() => {
    throw new UsageError(`There is no file ${file}. Nothing was imported.`)
  })
  return { file, format, isGzipped, size: { bytes, modifiedMs } }
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

function importSource(
  target: Target,
  source: Source,
  options: ImportOptions,
): Promise<ImportReport> {
  const { format } = source
  return format === 'parquet'
    ? importWhole(target, source)
    : importPieces(target, { ...source, format }, options)
}

/** Its end says what it holds, so it cannot be cut. */
function importWhole(target: Target, { file, isGzipped }: Source): Promise<ImportReport> {
  const isRepeatable = file !== STANDARD_INPUT
  return repeated(isRepeatable ? RETRIES : 0, () => {
    const body = isRepeatable ? createReadStream(file) : process.stdin
    return target.client.licenses.importSamples(target.licenseId, {
      contentType: contentTypes.parquet,
      isGzipped,
      body: Readable.toWeb(body) as ReadableStream<Uint8Array>,
    })
  })
}

type RowSource = Source & { format: 'ndjson' | 'csv' }

/** Piece by piece; after each, how far it is is kept, so that the same command goes on there. */
async function importPieces(
  target: Target,
  source: RowSource,
  { restart }: ImportOptions,
): Promise<ImportReport> {
  const { file, format, isGzipped, size } = source
  const { licenseKey, apiUrl } = target
  const kept: ImportedFile | undefined = size && { path: file, ...size, licenseKey, apiUrl }
  const before = kept && !restart ? await findProgress(kept) : undefined
  const report: ImportReport = {
    accepted: before?.accepted ?? 0,
    rejected: before?.rejected ?? 0,
    errors: [],
  }
  if (before)
    note(`${file}: goes on behind line ${before.place.line}; ${report.accepted} rows are stored.`)
  const total = isGzipped ? undefined : size?.bytes // where its end is known
  const from = before?.place
  const bar =
    total === undefined
      ? undefined
      : startBar(`${file} {bar} {percentage} %`, { total, from: from?.byte ?? 0 })
  try {
    for await (const piece of cutRows(openRows(source, from), { format, ...(from && { from }) })) {
      const answer = await sendPiece(target, source, piece)
      report.accepted += answer.accepted
      report.rejected += answer.rejected
      const named = answer.errors.map((each) => ({ ...each, line: each.line + piece.lineOffset }))
      report.errors.push(...named.slice(0, ERRORS_MAX - report.errors.length))
      const { accepted, rejected } = report
      if (kept) await keepProgress(kept, { place: piece.end, accepted, rejected })
      bar?.update(piece.end.byte)
    }
  } catch (error) {
    if (kept && isPassing(error))
      note(
        `${file}: ${report.accepted} rows are stored. The same command goes on where it stopped.`,
      )
    throw error
  } finally {
    bar?.stop()
  }
  if (kept) await forgetProgress(kept)
  return report
}

/** The rows' bytes, unpacked, from a place on. */
async function* openRows({ file, isGzipped }: Source, from: Place | undefined) {
  const start = from?.byte ?? 0
  if (!isGzipped) {
    const plain = file === STANDARD_INPUT ? process.stdin : createReadStream(file, { start })
    yield* plain as AsyncIterable<Buffer>
    return
  }
  const unpacked = createReadStream(file).on('error', (error) => gunzip.destroy(error))
  const gunzip = createGunzip()
  let skip = start
  for await (const chunk of unpacked.pipe(gunzip) as AsyncIterable<Buffer>) {
    if (chunk.length > skip) yield chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
  }
}

function sendPiece(
  { client, licenseId }: Target,
  { format, isGzipped }: RowSource,
  { bytes }: Piece,
): Promise<ImportReport> {
  const body = isGzipped ? gzipSync(bytes) : bytes
  return repeated(RETRIES, () =>
    client.licenses.importSamples(licenseId, {
      contentType: contentTypes[format],
      isGzipped,
      body,
    }),
  )
}

/** Rows are stored once however often they are sent, so what the network breaks is sent again. */
function repeated<Result>(retries: number, work: () => Promise<Result>): Promise<Result> {
  return pRetry(work, {
    retries,
    minTimeout: PAUSE_MS_MIN,
    factor: PAUSE_FACTOR,
    shouldRetry: ({ error }) => isPassing(error),
    onFailedAttempt: ({ error, retriesLeft }) => {
      if (retriesLeft > 0 && isPassing(error)) note(`${error.message} Trying again.`)
    },
  })
}

function isPassing(error: unknown): error is Error {
  return error instanceof ConnectionError || error instanceof ServiceError
}

function describe(file: string, { accepted, rejected, errors }: ImportReport): void {
  console.log(`${file}: ${accepted} rows stored, ${rejected} rejected`)
  const shown = errors.slice(0, SHOWN_ERRORS_MAX)
  for (const { line, message } of shown) note(`${file}:${line} ${message}`)
  const others = rejected - shown.length
  if (others > 0) note(`… and ${others} more; --json names the first ${ERRORS_MAX}`)
}

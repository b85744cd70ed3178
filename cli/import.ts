import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import {
  type Client,
  ConnectionError,
  type ImportReport,
  type License,
  ServiceError,
} from '@sluice/sdk'
import { type Command, Option } from 'commander'
import pRetry from 'p-retry'
import { connect, type GlobalOptions } from './connection.ts'
import { cutRows, type Piece } from './cut-rows.ts'
import { examples } from './examples.ts'
import { exitCodes, UsageError } from './exit.ts'
import { findProgress, forgetProgress, type ImportedFile, keepProgress } from './import-progress.ts'
import {
  contentTypes,
  type Format,
  formats,
  openRows,
  type Source,
  sourceOf,
} from './import-source.ts'
import { note, printJson } from './print.ts'
import { startBar } from './progress-bar.ts'

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
      '\nFiles may be packed by gzip; - is the standard input. An import that breaks off goes on where it\n' +
        'stopped when the command is given again; rows that are sent twice are stored once.\n' +
        examples(
          'sluice import january.ndjson february.csv.gz --license <key>',
          'sluice import day.parquet --license <key>',
          'cat day.csv | sluice import - --format csv --license <key>',
        ),
    )
    .action(async (files: string[], options: ImportOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client, connection } = connect(globals)
      const sources = await Promise.all(files.map((file) => sourceOf(file, options.format)))
      const { id: licenseId, licenseKey } = await findLicense(client, options.license)
      const { apiUrl } = connection
      const target = { client, licenseId, licenseKey, apiUrl }
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

/** Keys are UUIDs: case makes no difference, as in the API. */
async function findLicense(client: Client, licenseKey: string): Promise<License> {
  for await (const license of client.licenses.list())
    if (license.licenseKey.toLowerCase() === licenseKey.toLowerCase()) return license
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
function importWhole(target: Target, source: Source): Promise<ImportReport> {
  return repeated(source.size === undefined ? 0 : RETRIES, () =>
    target.client.licenses.importSamples(target.licenseId, {
      contentType: contentTypes.parquet,
      isGzipped: source.isGzipped,
      body: Readable.toWeb(source.open()) as ReadableStream<Uint8Array>,
    }),
  )
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
    for await (const piece of cutRows(openRows(source, from?.byte ?? 0), {
      format,
      ...(from && { from }),
    })) {
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
    const next = kept && isPassing(error) ? ' The same command goes on where it stopped.' : ''
    note(`${file}: ${report.accepted} rows are stored.${next}`)
    throw error
  } finally {
    bar?.stop()
  }
  if (kept) await forgetProgress(kept)
  return report
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

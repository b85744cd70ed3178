import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Clock } from '#database'
import { CallerError, invalidRequest } from '#errors'
import type { Routes } from '#http'
import { getLicense } from '#licenses'
import type { Backfill, Sample, Samples } from '#samples'
import { type ImportFormat, importFormats, readRows } from './import-rows.ts'
import { readImportedRow } from './imported-row.ts'

interface ImportParts {
  clock: Clock
  samples: Pick<Samples, 'openBackfill'>
}

/** Bytes of one request as they come, packed or not. A file that is larger is sent in pieces. */
const BODY_BYTES_MAX = 16 * 1024 ** 3
/** Rows that go to the store together. */
const BATCH_ROWS = 40_000
/** Mistakes that an answer names; the rest are counted. */
const ERRORS_MAX = 100
const DAY_MS = 86_400_000

const ById = Type.Object({ id: Type.String() })
const ImportAnswer = Type.Object({
  accepted: Type.Integer({ description: 'Rows that are stored.' }),
  rejected: Type.Integer({ description: 'Rows that were left out.' }),
  errors: Type.Array(Type.Object({ line: Type.Integer(), message: Type.String() }), {
    maxItems: ERRORS_MAX,
    description: `Why, for the first ${ERRORS_MAX} of them; lines count from 1, and so do rows of Parquet.`,
  }),
})

/** POST /analytics/licenses/{id}/samples: samples with times of their own, as a stream. */
export function importRoutes(parts: ImportParts): Routes {
  return (app) => {
    app.removeAllContentTypeParsers()
    for (const type of importFormats)
      app.addContentTypeParser(type, (_request, payload, done) => done(null, payload))
    app.addContentTypeParser('*', (_request, _payload, done) => {
      const text = `must be one of ${importFormats.join(', ')}`
      done(invalidRequest([{ field: 'Content-Type', text }]), undefined)
    })
    app.post(
      '/analytics/licenses/:id/samples',
      {
        bodyLimit: BODY_BYTES_MAX,
        schema: {
          operationId: 'importSamples',
          summary: 'Store samples with times of their own: NDJSON, CSV or Parquet in column form',
          description:
            'One row is one sample, its members the columns of docs/columns.md; time, impression_id ' +
            'and sequence_number are needed. Rows that are stored stay stored when the request ' +
            'breaks off; sent again, they are stored once. Content-Encoding may be gzip.',
          tags: ['Licenses'],
          params: ById,
          consumes: [...importFormats],
          response: { 200: ImportAnswer },
        },
      },
      async (request) => {
        const license = await getLicense(request.caller.scope, request.params.id)
        const body = streamOf(request.body)
        const format = formatOf(request.headers['content-type'])
        const isGzipped = isGzip(request.headers['content-encoding'])
        return importRows(parts, { license, body, format, isGzipped })
      },
    )
  }
}

interface Import {
  license: { licenseKey: string; retentionDays: number }
  body: Readable
  format: ImportFormat
  isGzipped: boolean
}

async function importRows({ clock, samples }: ImportParts, sent: Import) {
  const { license } = sent
  const now = clock.now()
  const rules = {
    licenseKey: license.licenseKey,
    oldest: new Date(now.getTime() - license.retentionDays * DAY_MS),
    newest: now,
  }
  await using backfill = await samples.openBackfill(license)
  const errors: { line: number; message: string }[] = []
  let rejected = 0
  const reject = (line: number, message: string) => {
    rejected += 1
    if (errors.length < ERRORS_MAX) errors.push({ line, message })
  }
  const insert = overlapping(backfill)
  let batch: Sample[] = []
  for await (const each of readRows(sent.body, sent)) {
    if ('message' in each) {
      reject(each.line, each.message)
      continue
    }
    const read = readImportedRow(each.sent, rules)
    if ('message' in read) reject(each.line, read.message)
    else batch.push(read.row)
    if (batch.length < BATCH_ROWS) continue
    await insert(batch)
    batch = []
  }
  await insert(batch)
  await insert([])
  const { rows } = await backfill.finish()
  return { accepted: rows, rejected, errors }
}

/** One batch is stored while the next is read. */
function overlapping(backfill: Backfill): (batch: Sample[]) => Promise<void> {
  let underway: Promise<void> = Promise.resolve()
  return async (batch) => {
    await underway
    underway = batch.length === 0 ? Promise.resolve() : backfill.insert(batch)
    underway.catch(() => {}) // the next call, or the last, hears of it
  }
}

function formatOf(contentType: string | undefined): ImportFormat {
  return importFormats.find((format) => contentType?.startsWith(format)) ?? 'application/x-ndjson'
}

function isGzip(encoding: string | undefined): boolean {
  if (encoding === undefined || encoding === 'identity') return false
  if (encoding === 'gzip') return true
  throw invalidRequest([{ field: 'Content-Encoding', text: 'must be gzip or absent' }])
}

/** The parsers of this route hand the stream on; a request without a body has none. */
function streamOf(body: unknown): Readable {
  if (typeof body === 'object' && body !== null && 'pipe' in body) return body as Readable
  throw new CallerError('INVALID_REQUEST', 'The request has no samples in its body.')
}

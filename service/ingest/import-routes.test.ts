import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as requestHttp } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Database } from '#database'
import { TransientError } from '#errors'
import { type App, createServer } from '#http'
import { licenseRoutes } from '#licenses'
import { createAuthenticator, organizationRoutes } from '#organizations'
import type { Sample } from '#samples'
import { Secret } from '#secret'
import { openTelemetry } from '#telemetry'
import { noSamples, openTestDatabase } from '#testing'
import { importRoutes } from './ingest.ts'

const OPERATOR_KEY = randomUUID()
const clock = { now: () => new Date('2026-01-02T03:04:05.678Z') }
const PARQUET = 'application/vnd.apache.parquet'
const NDJSON = 'application/x-ndjson'
const row = (members: object = {}) =>
  JSON.stringify({
    time: '2026-01-01T10:00:00Z',
    impression_id: 'i',
    sequence_number: 0,
    ...members,
  })

describe('POST /analytics/licenses/{id}/samples', () => {
  const telemetry = openTelemetry({ level: 'silent' })
  let directory: string
  let database: Database
  let app: App
  let url: string
  let organization: string
  let licenseId: string
  let rows: Sample[] = []
  let fault: Error | undefined
  let ended: string[] = []
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-import-'))
    database = await openTestDatabase({ dataDirectory: directory })
    const bootstrapApiKey = new Secret(OPERATOR_KEY)
    const openBackfill = async () => ({
      insert: async (batch: Sample[]) => {
        if (fault) throw fault
        rows.push(...batch)
      },
      finish: async () => {
        ended.push('finish')
        return { rows: rows.length }
      },
      abandon: async () => {},
      [Symbol.asyncDispose]: async () => void ended.push('dispose'),
    })
    app = await createServer({
      clock,
      telemetry,
      authenticate: await createAuthenticator({ database, clock, bootstrapApiKey }),
      readiness: async () => [],
      routes: [
        organizationRoutes({ database }),
        licenseRoutes({ database, samples: noSamples }),
        importRoutes({ clock, samples: { openBackfill } }),
      ],
    })
    url = await app.listen({ host: '127.0.0.1', port: 0 })
    organization = await make('account/organizations', { name: 'Aurora' }, {})
    licenseId = await make('analytics/licenses', { name: 'web', timeZone: 'UTC' }, as(organization))
  })
  after(async () => {
    await app.close()
    await database.close()
    telemetry.close()
    await rm(directory, { recursive: true })
  })
  beforeEach(() => {
    rows = []
    ended = []
    fault = undefined
  })

  const as = (id: string): Record<string, string> => ({ 'X-Tenant-Org-Id': id })
  const pathOf = (id: string) => `/v1/analytics/licenses/${id}/samples`

  async function make(path: string, body: object, headers: Record<string, string>) {
    const response = await fetch(`${url}/v1/${path}`, {
      method: 'POST',
      headers: { 'X-Api-Key': OPERATOR_KEY, 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const answer = Object(await response.json())
    assert.equal(response.status, 201, JSON.stringify(answer))
    return String(answer.data.result.id)
  }

  async function send(
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    id = licenseId,
  ) {
    const response = await fetch(`${url}${pathOf(id)}`, {
      method: 'POST',
      headers: {
        'X-Api-Key': OPERATOR_KEY,
        'Content-Type': NDJSON,
        ...as(organization),
        ...headers,
      },
      body,
    })
    const { data } = Object(await response.json())
    return { status: response.status, message: String(data.message), result: data.result }
  }

  test('another organization’s license does not exist', async () => {
    const stranger = await make('account/organizations', { name: 'Borealis' }, {})
    const { status, message } = await send(row(), as(stranger))
    const unknown = await send(row(), as(stranger), randomUUID())
    assert.equal(status, 404)
    assert.equal(message.replace(licenseId, ''), unknown.message.replace(/'[0-9a-f-]{36}'/, "''"))
    assert.deepEqual(rows, [])
  })

  for (const [text, headers, said] of [
    [
      'a JSON body',
      { 'Content-Type': 'application/json' },
      /application\/x-ndjson, text\/csv, application\/vnd.apache.parquet/,
    ],
    ['an encoding that is not known', { 'Content-Encoding': 'br' }, /must be gzip/],
    ['gzip that is none', { 'Content-Encoding': 'gzip' }, /is no gzip/],
    ['Parquet that is none', { 'Content-Type': PARQUET }, /is no Parquet file/],
  ] as const)
    test(`${text} is refused, and nothing is stored`, async () => {
      const { status, message } = await send(row(), headers)
      assert.equal(status, 400)
      assert.match(message, said)
      assert.deepEqual(rows, [])
    })

  test('gzip that breaks off is refused after what was whole', async () => {
    const packed = gzipSync(`${row()}\n`.repeat(1000))
    const { status, message } = await send(new Uint8Array(packed.subarray(0, packed.length - 9)), {
      'Content-Encoding': 'gzip',
    })
    assert.equal(status, 400)
    assert.match(message, /is no gzip/)
    assert.deepEqual(ended, ['dispose'])
  })

  test('a line over the limit is refused with its number', async () => {
    const { status, message } = await send(`${row()}\n${row({ path: 'x'.repeat(1_100_000) })}`)
    assert.equal(status, 400)
    assert.match(message, /more than 1048576 bytes in line 2/)
  })

  test('rows that are wrong are left out with their lines, and the others stored', async () => {
    const lines = [
      row(),
      '{"time":',
      '[]',
      '',
      row({ sequence_number: undefined }),
      row({ bitrate_of_mars: 1 }),
      row({ time: '2026-01-03T00:00:00Z' }),
      row({ sequence_number: 1 }),
    ]
    const { status, result } = await send(lines.join('\n'))
    assert.equal(status, 200)
    assert.deepEqual([result.accepted, result.rejected], [2, 5])
    assert.deepEqual(
      result.errors.map(({ line }: { line: number }) => line),
      [2, 3, 5, 6, 7],
    )
    const said = result.errors.map(({ message }: { message: string }) => message).join(' | ')
    assert.match(said, /no JSON.*JSON object.*sequence_number is missing.*bitrate_of_mars.*future/)
    assert.deepEqual(
      rows.map((each) => each.sequence_number),
      [0, 1],
    )
  })

  test('mistakes beyond the first 100 are counted', async () => {
    const { result } = await send('x\n'.repeat(250))
    assert.deepEqual([result.accepted, result.rejected, result.errors.length], [0, 250, 100])
  })

  test('CSV with quotes, empty fields and a byte order mark; gzip too', async () => {
    const csv =
      '\uFEFFtime,impression_id,sequence_number,video_title,path\n' +
      '2026-01-01T10:00:00Z,i,0,"a ""b"", c\nd",\n1767261600000,i,1,"",/x\n'
    const headers = { 'Content-Type': 'text/csv' }
    assert.equal((await send(csv, headers)).result.accepted, 2)
    assert.deepEqual(
      rows.map(({ video_title, path }) => [video_title, path]),
      [
        ['a "b", c\nd', null],
        ['', '/x'],
      ],
    )
    const packed = new Uint8Array(gzipSync(csv))
    const { result } = await send(packed, { ...headers, 'Content-Encoding': 'gzip' })
    assert.equal(result.accepted, 4)
  })

  const csvOf = (...lines: string[]) =>
    ['time,impression_id,sequence_number', ...lines, ''].join('\n')
  const good = (number: number) => `2026-01-01T10:00:00Z,i,${number}`

  test('Parquet as any writer types it; wrong rows are left out with their numbers', async () => {
    const time = new Date('2026-01-01T10:00:00.000Z')
    const body = parquetWriteBuffer({
      rowGroupSize: 2,
      columnData: [
        { name: 'time', data: [time, time, time], type: 'TIMESTAMP' },
        { name: 'impression_id', data: ['i-1', null, 'i-3'], type: 'STRING' },
        { name: 'sequence_number', data: [0n, 1n, 2n], type: 'INT64' },
        { name: 'is_live', data: [true, null, false], type: 'BOOLEAN' },
      ],
    })
    const { status, result } = await send(new Uint8Array(body), { 'Content-Type': PARQUET })
    assert.equal(status, 200)
    assert.deepEqual([result.accepted, result.rejected], [2, 1])
    assert.equal(result.errors[0].line, 2)
    assert.deepEqual(
      rows.map(({ time: at, impression_id, sequence_number, is_live }) => [
        Number(at),
        impression_id,
        sequence_number,
        is_live,
      ]),
      [
        [time.getTime(), 'i-1', 0, true],
        [time.getTime(), 'i-3', 2, false],
      ],
    )
  })

  test('CSV records of another width are left out with their lines, and the others stored', async () => {
    const csv = csvOf(good(0), '1,2', good(1), '1,2,3,4', good(2))
    const { result } = await send(csv, { 'Content-Type': 'text/csv' })
    assert.deepEqual([result.accepted, result.rejected], [3, 2])
    assert.deepEqual(
      result.errors.map(({ line }: { line: number }) => line),
      [3, 5],
    )
    assert.match(result.errors[0].message, /is no CSV/)
  })

  test('a quote in the wrong place ends the reading, and the answer says so', async () => {
    const csv = csvOf(good(0), '1,2,"x"y', good(1), good(2))
    const { result } = await send(csv, { 'Content-Type': 'text/csv' })
    assert.deepEqual([result.accepted, result.rejected, result.errors[0].line], [1, 1, 3])
    assert.match(result.errors[0].message, /Nothing after it was read/)
  })

  test('a quote that is never closed ends at the limit of a row', async () => {
    const csv = `time,impression_id,sequence_number\n1,2,"${'x'.repeat(1_100_000)}`
    const { status, message } = await send(csv, { 'Content-Type': 'text/csv' })
    assert.equal(status, 400, message)
    assert.match(message, /more than 1048576 bytes in line 2/)
  })

  test('a store that is away answers 503 with Retry-After', async () => {
    fault = new TransientError('SAMPLES_UNAVAILABLE', 'The sample store is away.', {
      retryAfterSeconds: 7,
    })
    const response = await fetch(`${url}${pathOf(licenseId)}`, {
      method: 'POST',
      headers: { 'X-Api-Key': OPERATOR_KEY, 'Content-Type': NDJSON, ...as(organization) },
      body: row(),
    })
    assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '7'])
    await response.body?.cancel()
  })

  test('a sender that breaks off leaves nothing open', async () => {
    const request = requestHttp(`${url}${pathOf(licenseId)}`, {
      method: 'POST',
      headers: { 'X-Api-Key': OPERATOR_KEY, 'Content-Type': NDJSON, ...as(organization) },
    })
    request.on('error', () => {})
    request.write(`${row()}\n{"time":`)
    await new Promise((done) => setTimeout(done, 100))
    request.destroy()
    const deadline = performance.now() + 10_000
    while (ended.length === 0) {
      assert(performance.now() < deadline, 'the import is still open')
      await new Promise((done) => setTimeout(done, 10))
    }
    assert.deepEqual(ended, ['dispose'])
  })
})

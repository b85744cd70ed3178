import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client'
import { type LocalClickhouse, startLocalClickhouse } from './local-clickhouse.ts'

let directory: string
let server: LocalClickhouse
let client: ClickHouseClient

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'local-clickhouse-'))
  server = await startLocalClickhouse({ dataDirectory: directory })
  client = clientOf(server.password)
})

after(async () => {
  await client.close()
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

function clientOf(password: string): ClickHouseClient {
  return createClient({
    url: server.url,
    username: server.username,
    password,
    log: { level: ClickHouseLogLevel.OFF },
  })
}

async function rowsOf(query: string, options: Record<string, unknown> = {}): Promise<unknown[]> {
  return (await client.query({ query, format: 'JSONEachRow', ...options })).json()
}

/** Waits until the condition holds; fails after ten seconds. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await condition().catch(() => false)) return
    await delay(50)
  }
  assert.fail('the condition did not come true within ten seconds')
}

test('a wrong password is refused', async () => {
  const stranger = clientOf('wrong')
  await assert.rejects(stranger.query({ query: 'SELECT 1' }), { code: '516' })
  await stranger.close()
})

test('a second process on the same directory is refused with what to do', async () => {
  await assert.rejects(
    startLocalClickhouse({ dataDirectory: directory }),
    /is in use by another process/,
  )
})

test('an HTTP session is refused, since settings travel with each request', async () => {
  await assert.rejects(client.query({ query: 'SELECT 1', session_id: 'x' }), { code: '344' })
})

test('an error has ClickHouse’s code and text', async () => {
  await assert.rejects(client.query({ query: 'SELEC 1' }), (error) => {
    assert.ok(error instanceof ClickHouseError)
    assert.equal(error.code, '62')
    assert.match(error.message, /Syntax error/)
    return true
  })
  await assert.rejects(rowsOf('SELECT * FROM missing'), { code: '60' })
})

test('a query that fails half way in a file format answers an error and no bytes', async () => {
  const query = 'SELECT throwIf(number = 900000) AS n FROM numbers(1000000) FORMAT Parquet'
  await assert.rejects(client.exec({ query }), { code: '395' })
  assert.deepEqual(await readdir(join(directory, 'spool')), [])
})

test('it answers ping without a password', async () => {
  assert.equal((await client.ping()).success, true)
})

test('settings end with their request', async () => {
  const before = await rowsOf("SELECT getSetting('max_threads') AS value")
  const inside = await rowsOf("SELECT getSetting('max_threads') AS value", {
    clickhouse_settings: { max_threads: 1 },
  })
  assert.deepEqual(inside, [{ value: 1 }])
  assert.deepEqual(await rowsOf("SELECT getSetting('max_threads') AS value"), before)
})

test('a deduplication token of one insert does not swallow the next', async () => {
  await client.command({
    query: `CREATE TABLE tokens (n UInt8) ENGINE = MergeTree ORDER BY n
      SETTINGS non_replicated_deduplication_window = 100`,
  })
  const insert = (n: number, insert_deduplication_token?: string) =>
    client.insert({
      table: 'tokens',
      values: [{ n }],
      format: 'JSONEachRow',
      clickhouse_settings: insert_deduplication_token ? { insert_deduplication_token } : {},
    })
  await insert(1, 'same')
  await insert(1, 'same')
  await insert(2)
  await insert(3)
  assert.deepEqual(await rowsOf('SELECT n FROM tokens ORDER BY n'), [{ n: 1 }, { n: 2 }, { n: 3 }])
})

test('parameters arrive as they were given', async () => {
  const query_params = {
    text: "it's \\ a\ttab, a\nline, ☃ and {n:UInt8}",
    list: ['a', "b'c", 'ü'],
    n: 42,
    none: null,
    at: new Date('2026-03-01T10:20:30.456Z'),
  }
  const [row] = await rowsOf(
    `SELECT {text:String} AS text, {list:Array(String)} AS list, {n:UInt8} AS n,
      {none:Nullable(String)} AS none, toString({at:DateTime64(3, 'UTC')}) AS at`,
    { query_params },
  )
  assert.deepEqual(row, { ...query_params, at: '2026-03-01 10:20:30.456' })
})

test('text comes back as it went in, in every script', async () => {
  await client.command({ query: 'CREATE TABLE texts (t String) ENGINE = MergeTree ORDER BY t' })
  const values = ['ä', '日本語', '👩‍🚀', 'quote " and \\', 'line\nbreak'].map((t) => ({ t }))
  await client.insert({ table: 'texts', values, format: 'JSONEachRow' })
  const found = (await rowsOf('SELECT t FROM texts')) as { t: string }[]
  assert.deepEqual(found.map((row) => row.t).sort(), values.map((row) => row.t).sort())
})

test('a format with a header has it without rows too', async () => {
  const query = 'SELECT number AS n FROM numbers(0) FORMAT CSVWithNames'
  const { stream } = await client.exec({ query })
  assert.equal(Buffer.concat(await stream.toArray()).toString(), '"n"\n')
})

test('a killed query ends with an error, and the server goes on', async () => {
  const queryId = crypto.randomUUID()
  const long = rowsOf('SELECT sum(sipHash64(number)) AS n FROM numbers(100000000000)', {
    query_id: queryId,
  })
  const ended = assert.rejects(long, { code: '394' })
  await until(async () => {
    const rows = await rowsOf(
      "SELECT 1 FROM system.processes WHERE Settings['log_comment'] = {id:String}",
      { query_params: { id: queryId } },
    )
    return rows.length > 0
  })
  await client.command({ query: `KILL QUERY WHERE query_id = '${queryId}' ASYNC` })
  await ended
  assert.deepEqual(await rowsOf('SELECT 1 AS n'), [{ n: 1 }])
})

test('a gigabyte passes through in the memory that a fifth of it needs', async () => {
  const bytesOf = async (rows: number): Promise<number> => {
    const query = `SELECT repeat('x', 999) AS t FROM numbers(${rows}) FORMAT TabSeparated`
    const { stream } = await client.exec({
      query,
      clickhouse_settings: { max_threads: 1, output_format_parallel_formatting: 0 },
    })
    let bytes = 0
    for await (const chunk of stream) bytes += chunk.length
    return bytes
  }
  assert.equal(await bytesOf(200_000), 200_000_000)
  const small = await peakBytesOf(server.pid)
  assert.equal(await bytesOf(1_000_000), 1_000_000_000)
  const grown = (await peakBytesOf(server.pid)) - small
  assert.ok(grown < 0.1 * small, `the peak of ${small} bytes grew by ${grown} for 800 MB more`)
})

test('what was acknowledged survives kill -9, and the server comes back on its port', async () => {
  await client.command({ query: 'CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n' })
  await client.insert({ table: 'kept', values: [{ n: 7 }], format: 'JSONEachRow' })
  const pid = server.pid
  process.kill(pid, 'SIGKILL')
  await until(async () => server.pid !== pid && (await client.ping()).success)
  assert.deepEqual(await rowsOf('SELECT n FROM kept'), [{ n: 7 }])
})

/** Peak resident memory of a process, as Linux counts it. */
async function peakBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { ClickHouseError } from '@clickhouse/client'
import { openClient, openTestServer, type TestServer, until } from './test-server.ts'

let world: TestServer

before(async () => {
  world = await openTestServer()
})

after(async () => {
  await world[Symbol.asyncDispose]()
})

const endless = 'SELECT sum(sipHash64(number)) AS n FROM numbers(100000000000)'

/** A request without the client, for what the client does not send. */
function fetchQuery(parameters: Record<string, string>, init: RequestInit = {}): Promise<Response> {
  const { url, username, password } = world.server
  const headers = { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password, ...init.headers }
  return fetch(`${url}/?${new URLSearchParams(parameters)}`, { ...init, headers })
}

async function assertNoSpoolFiles(): Promise<void> {
  await until(async () => (await readdir(join(world.directory, 'spool'))).length === 0)
}

test('a wrong password and a missing one are refused', async () => {
  const stranger = openClient(world.server, { password: 'wrong' })
  await assert.rejects(stranger.query({ query: 'SELECT 1' }), { code: '516' })
  await stranger.close()
  const answer = await fetch(`${world.server.url}/?query=SELECT+1`)
  assert.equal(answer.status, 403)
  assert.equal(answer.headers.get('x-clickhouse-exception-code'), '516')
})

test('an HTTP session is refused, since settings travel with each request', async () => {
  await assert.rejects(world.client.query({ query: 'SELECT 1', session_id: 'x' }), { code: '344' })
})

test('ClickHouse’s own compression inside the body is refused', async () => {
  const answer = await fetchQuery({ query: 'SELECT 1', compress: '1' })
  assert.equal(answer.headers.get('x-clickhouse-exception-code'), '344')
})

test('an error has ClickHouse’s code, name and text', async () => {
  await assert.rejects(world.client.query({ query: 'SELEC 1' }), (error) => {
    assert.ok(error instanceof ClickHouseError)
    assert.equal(error.code, '62')
    assert.equal(error.type, 'SYNTAX_ERROR')
    assert.match(error.message, /Syntax error/)
    return true
  })
  await assert.rejects(world.rowsOf('SELECT * FROM missing'), { code: '60', type: 'UNKNOWN_TABLE' })
  await assert.rejects(world.rowsOf('SELECT 1', { clickhouse_settings: { max_thread: 1 } }), {
    code: '115',
  })
  const statusOf = async (query: string) => (await fetchQuery({ query })).status
  assert.equal(await statusOf('SELEC 1'), 400)
  assert.equal(await statusOf('SELECT * FROM missing'), 404)
  assert.equal(await statusOf('SELECT throwIf(1)'), 500)
})

test('two statements in one request are refused', async () => {
  await assert.rejects(world.client.command({ query: 'SELECT 1; SELECT 2' }), { code: '62' })
})

test('a GET changes nothing', async () => {
  const answer = await fetchQuery({ query: 'CREATE TABLE got (n UInt8) ENGINE = Memory' })
  assert.equal(answer.headers.get('x-clickhouse-exception-code'), '164')
})

for (const format of ['Parquet', 'CSVWithNames', 'JSONEachRow', 'JSON']) {
  test(`a query that fails half way in ${format} answers an error and no bytes`, async () => {
    const query = `SELECT throwIf(number = 900000) AS n FROM numbers(1000000) FORMAT ${format}`
    await assert.rejects(world.client.exec({ query }), { code: '395' })
    await assertNoSpoolFiles()
  })
}

test('rows that cannot be read are refused with their place', async () => {
  await world.client.command({ query: 'CREATE TABLE strict (n UInt8) ENGINE = Memory' })
  const insert = world.client.insert({
    table: 'strict',
    values: [{ n: 1 }, { n: 'no number' }],
    format: 'JSONEachRow',
  })
  await assert.rejects(insert, { message: /\(at row 2\)/ })
  await assertNoSpoolFiles()
})

test('a query id that is running is refused', async () => {
  const stop = new AbortController()
  const query_id = crypto.randomUUID()
  const first = world.rowsOf(endless, {
    query_id,
    abort_signal: stop.signal,
    clickhouse_settings: { cancel_http_readonly_queries_on_client_close: 1 },
  })
  const ended = assert.rejects(first)
  await until(() => world.isRunning(query_id))
  await assert.rejects(world.rowsOf('SELECT 1', { query_id }), { code: '216' })
  stop.abort()
  await ended
})

test('it answers ping without a password', async () => {
  assert.equal((await world.client.ping()).success, true)
})

test('settings end with their request', async () => {
  const query = "SELECT getSetting('max_threads') AS value"
  const before = await world.rowsOf(query)
  const inside = await world.rowsOf(query, { clickhouse_settings: { max_threads: 1 } })
  assert.deepEqual(inside, [{ value: 1 }])
  assert.deepEqual(await world.rowsOf(query), before)
  const own = await world.rowsOf(`${query} SETTINGS max_threads = 3`, {
    clickhouse_settings: { max_threads: 1 },
  })
  assert.deepEqual(own, [{ value: 3 }], 'the statement’s own setting comes last')
})

test('settings of requests side by side stay apart', async () => {
  const query = "SELECT getSetting('max_block_size') AS value, sleep(0.02)"
  const values = Array.from({ length: 20 }, (_, index) => index + 1000)
  const found = await Promise.all(
    values.map((value) =>
      world.rowsOf(query, { clickhouse_settings: { max_block_size: `${value}` } }),
    ),
  )
  assert.deepEqual(
    found.map(([row]) => Number((row as { value: string }).value)),
    values,
  )
})

test('a deduplication token of one insert does not swallow the next', async () => {
  await world.client.command({
    query: `CREATE TABLE tokens (n UInt8) ENGINE = MergeTree ORDER BY n
      SETTINGS non_replicated_deduplication_window = 100`,
  })
  const insert = (n: number, insert_deduplication_token?: string) =>
    world.client.insert({
      table: 'tokens',
      values: [{ n }],
      format: 'JSONEachRow',
      clickhouse_settings: insert_deduplication_token ? { insert_deduplication_token } : {},
    })
  await insert(1, 'same')
  await insert(1, 'same')
  await insert(2)
  await insert(3)
  const found = await world.rowsOf('SELECT n FROM tokens ORDER BY n')
  assert.deepEqual(found, [{ n: 1 }, { n: 2 }, { n: 3 }])
})

test('new tables sync their rows before an insert is acknowledged', async () => {
  const query =
    "SELECT name, value FROM system.merge_tree_settings WHERE name LIKE 'fsync%' ORDER BY name"
  assert.deepEqual(await world.rowsOf(query), [
    { name: 'fsync_after_insert', value: '1' },
    { name: 'fsync_part_directory', value: '1' },
  ])
})

const parameters: [type: string, given: unknown, found: unknown][] = [
  ['String', 'it\'s \\ a\ttab, a\nline, "☃" and {n:UInt8}; --', undefined],
  ['String', '', undefined],
  ['String', '\\N', undefined],
  ['Array(String)', ['a', "b'c", 'd"e', 'f\\g', 'ü', ''], undefined],
  ['Array(Nullable(Int32))', [1, null, -3], undefined],
  ['Array(Array(UInt8))', [[1, 2], [], [3]], undefined],
  ['UInt8', 42, undefined],
  ['Int64', -9007199254740993n, '-9007199254740993'],
  ['Float64', 0.1, undefined],
  ['Bool', true, undefined],
  ['Nullable(String)', null, undefined],
  ['Nullable(String)', 'text', undefined],
  ['Map(String, UInt8)', { a: 1, "b'": 2 }, undefined],
  ['Date', '2026-03-01', undefined],
  ["DateTime('UTC')", new Date('2026-03-01T10:20:30Z'), '2026-03-01 10:20:30'],
  ["DateTime64(3, 'UTC')", new Date('2026-03-01T10:20:30.456Z'), '2026-03-01 10:20:30.456'],
  ["Array(DateTime64(3, 'UTC'))", ['2026-03-01 10:20:30.456'], undefined],
  ['UUID', '0a6f0f2e-7f52-4b2c-9d0c-3b1c1d9f6c11', undefined],
]

for (const [type, given, found] of parameters) {
  test(`the parameter ${type} arrives as it was given: ${String(given)}`, async () => {
    const rows = await world.rowsOf(`SELECT {value:${type}} AS value`, {
      query_params: { value: given },
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    })
    assert.deepEqual(rows, [{ value: found ?? given }])
  })
}

test('parameters name tables, work in inserts, and may come in a form', async () => {
  await world.client.command({ query: 'CREATE TABLE named (t String) ENGINE = Memory' })
  const query_params = { table: 'named', text: "x'☃" }
  await world.client.command({
    query: 'INSERT INTO {table:Identifier} SELECT {text:String}',
    query_params,
  })
  const query = 'SELECT t, length({long:String}) AS n FROM {table:Identifier}'
  const rows = await world.rowsOf(query, {
    query_params: { table: 'named', long: 'y'.repeat(200_000) },
    use_multipart_params: true,
  })
  assert.deepEqual(rows, [{ t: "x'☃", n: 200_000 }])
})

test('text comes back as it went in, in every script, also when it is streamed in pieces', async () => {
  await world.client.command({
    query: 'CREATE TABLE texts (t String) ENGINE = MergeTree ORDER BY t',
  })
  const texts = ['ä', '日本語', '👩‍🚀', 'quote " and \\', 'line\nbreak', 'null \0 byte'].sort()
  const lines = Buffer.from(texts.map((t) => `${JSON.stringify({ t })}\n`).join(''))
  const bytes = Readable.from([...lines].map((byte) => Buffer.from([byte])))
  const { stream } = await world.client.exec({
    query: 'INSERT INTO texts FORMAT JSONEachRow',
    values: bytes,
  })
  stream.resume()
  const found = await world.rowsOf('SELECT t FROM texts')
  assert.deepEqual(found.map((row) => (row as { t: string }).t).sort(), texts)
})

test('rows go in and come out as Parquet, CSV and JSON, and are counted', async () => {
  await world.client.command({ query: 'CREATE TABLE copies (n UInt64, t String) ENGINE = Memory' })
  for (const format of ['Parquet', 'CSVWithNames', 'JSONEachRow', 'TabSeparated', 'Native']) {
    const query = `SELECT number AS n, 'ä"' AS t FROM numbers(1000) WHERE n % 2 = 0 FORMAT ${format}`
    const { body, summary } = await world.bytesOf(query)
    assert.equal(summary.result_rows, '500', format)
    const values = Readable.from([body])
    const written = await world.client.exec({
      query: `INSERT INTO copies FORMAT ${format}`,
      values,
    })
    written.stream.resume()
    assert.equal(written.summary?.written_rows, '500', format)
  }
  const query =
    "SELECT count() AS rows, uniqExact(n) AS each, countIf(t = 'ä\"') AS same FROM copies"
  assert.deepEqual(await world.rowsOf(query), [{ rows: 2500, each: 500, same: 2500 }])
})

test('rows stand behind the statement, behind VALUES, and in input()', async () => {
  const { client } = world
  await client.command({ query: 'CREATE TABLE ways (n UInt8, t String) ENGINE = Memory' })
  await client.command({ query: "INSERT INTO ways VALUES (1, 'a;'), (2, concat('b', 'c'))" })
  await client.command({ query: 'INSERT INTO ways FORMAT CSV\n3,"x\ny"\n' })
  const { stream } = await client.exec({
    query: "INSERT INTO ways SELECT n + 1, upper(t) FROM input('n UInt8, t String') FORMAT CSV",
    values: Readable.from([Buffer.from('3,z\n')]),
  })
  stream.resume()
  const found = await world.rowsOf('SELECT * FROM ways ORDER BY n')
  assert.deepEqual(
    found.map((row) => Object.values(row as object)),
    [
      [1, 'a;'],
      [2, 'bc'],
      [3, 'x\ny'],
      [4, 'Z'],
    ],
  )
})

test('a format with a header has it without rows too', async () => {
  const { body, summary } = await world.bytesOf(
    'SELECT number AS n FROM numbers(0) FORMAT CSVWithNames',
  )
  assert.equal(body.toString(), '"n"\n')
  assert.equal(summary.result_rows, '0')
})

test('compressed bodies go both ways', async () => {
  for (const codec of ['gzip', 'zstd'] as const) {
    const packed = openClient(world.server, {
      compression: { request: { codec }, response: { codec } },
    })
    await packed.command({ query: `CREATE TABLE packed_${codec} (t String) ENGINE = Memory` })
    await packed.insert({
      table: `packed_${codec}`,
      values: [{ t: 'ä'.repeat(1000) }],
      format: 'JSONEachRow',
    })
    const result = await packed.query({
      query: `SELECT * FROM packed_${codec}`,
      format: 'JSONEachRow',
    })
    assert.deepEqual(await result.json(), [{ t: 'ä'.repeat(1000) }])
    await packed.close()
  }
  const answer = await fetchQuery(
    { query: 'SELECT 1', enable_http_compression: '1' },
    { headers: { 'Accept-Encoding': 'gzip' } },
  )
  assert.equal(answer.headers.get('content-encoding'), 'gzip')
  assert.equal(await answer.text(), '1\n')
})

test('a body that is not what its encoding says is refused and leaves nothing', async () => {
  const insert = (encoding: string) =>
    fetchQuery(
      { query: 'INSERT INTO copies FORMAT CSV' },
      { method: 'POST', body: '1,a\n', headers: { 'Content-Encoding': encoding } },
    )
  assert.equal((await insert('gzip')).headers.get('x-clickhouse-exception-code'), '354')
  assert.equal((await insert('lzw')).status, 415)
  await assertNoSpoolFiles()
})

test('a database is chosen by request', async () => {
  await world.client.command({ query: 'CREATE DATABASE IF NOT EXISTS other' })
  await world.client.command({ query: 'CREATE TABLE other.only (n UInt8) ENGINE = Memory' })
  const other = openClient(world.server, { database: 'other' })
  const found = await other.query({ query: 'SELECT count() AS n FROM only', format: 'JSONEachRow' })
  assert.deepEqual(await found.json(), [{ n: 0 }])
  await other.close()
  const missing = openClient(world.server, { database: 'nowhere' })
  await assert.rejects(missing.query({ query: 'SELECT 1' }), { code: '81' })
  await missing.close()
})

for (const how of ['ASYNC', 'SYNC']) {
  test(`KILL QUERY … ${how} ends a query with an error, and the server goes on`, async () => {
    const query_id = crypto.randomUUID()
    const ended = assert.rejects(world.rowsOf(endless, { query_id }), { code: '394' })
    await until(() => world.isRunning(query_id))
    const killed = await world.rowsOf(`KILL QUERY WHERE query_id = {id:String} ${how}`, {
      query_params: { id: query_id },
    })
    const kill_status = how === 'SYNC' ? 'finished' : 'waiting'
    assert.deepEqual(killed, [{ kill_status, query_id, user: 'default' }])
    await ended
    assert.deepEqual(await world.rowsOf('SELECT 1 AS n'), [{ n: 1 }])
    assert.deepEqual(await world.rowsOf(`KILL QUERY WHERE query_id = '${query_id}' SYNC`), [])
    await assertNoSpoolFiles()
  })
}

test('a reader that hangs up ends its query, when it asked for that', async () => {
  const stop = new AbortController()
  const query_id = crypto.randomUUID()
  const reading = world.rowsOf(endless, {
    query_id,
    abort_signal: stop.signal,
    clickhouse_settings: { cancel_http_readonly_queries_on_client_close: 1 },
  })
  const ended = assert.rejects(reading)
  await until(() => world.isRunning(query_id))
  stop.abort()
  await ended
  await until(async () => !(await world.isRunning(query_id)))
})

test('a reader that hangs up in the midst of an answer leaves no file', async () => {
  const query = "SELECT repeat('x', 1000) FROM numbers(100000) FORMAT TSV"
  const { stream } = await world.client.exec({ query })
  await new Promise((done) => stream.once('data', done))
  stream.destroy()
  await assertNoSpoolFiles()
})

test('a sender that hangs up in the midst of its rows has inserted none', async () => {
  await world.client.command({ query: 'CREATE TABLE halves (n UInt8) ENGINE = Memory' })
  const stop = new AbortController()
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(Buffer.from('1\n2\n'))
      if (stop.signal.aborted) return
      setImmediate(() => stop.abort())
    },
  })
  const insert = fetchQuery({ query: 'INSERT INTO halves FORMAT CSV' }, {
    method: 'POST',
    body,
    duplex: 'half',
    signal: stop.signal,
  } as RequestInit)
  await assert.rejects(insert)
  await assertNoSpoolFiles()
  assert.deepEqual(await world.rowsOf('SELECT count() AS n FROM halves'), [{ n: 0 }])
})

test('many queries at once are all answered', async () => {
  const found = await Promise.all(
    Array.from({ length: 60 }, (_, index) => world.rowsOf(`SELECT ${index} AS n, sleep(0.01)`)),
  )
  assert.deepEqual(
    found.map(([row]) => (row as { n: number }).n),
    Array.from({ length: 60 }, (_, index) => index),
  )
})

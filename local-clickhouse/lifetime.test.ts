import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { startLocalClickhouse } from './local-clickhouse.ts'
import { openClient, openTestServer, type TestServer, until } from './test-server.ts'

// Processes that die, and memory that does not grow.

let world: TestServer

before(async () => {
  world = await openTestServer()
})

after(async () => {
  await world[Symbol.asyncDispose]()
})

test('a second process on the same directory is refused with what to do', async () => {
  await assert.rejects(
    startLocalClickhouse({ dataDirectory: world.directory }),
    /is in use by another process\. Stop that one, or choose another/,
  )
  assert.deepEqual(await world.rowsOf('SELECT 1 AS n'), [{ n: 1 }])
})

test('a port that is taken is refused', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'local-clickhouse-'))
  const port = Number(new URL(world.server.url).port)
  await assert.rejects(startLocalClickhouse({ dataDirectory: directory, port }), /EADDRINUSE/)
  await rm(directory, { recursive: true })
})

test('it listens on loopback alone', () => {
  assert.equal(new URL(world.server.url).hostname, '127.0.0.1')
})

test('what was acknowledged survives kill -9, and the server comes back on its port', async () => {
  const { client, server } = world
  await client.command({ query: 'CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n' })
  const acknowledged: number[] = []
  for (const round of [0, 1]) {
    const pid = server.pid
    let isDead = false
    const writers = [0, 1, 2].map(async (writer) => {
      for (let index = 0; !isDead; index += 1) {
        const n = round * 1e6 + writer * 1e5 + index
        await client.insert({ table: 'kept', values: [{ n }], format: 'JSONEachRow' })
        acknowledged.push(n)
      }
    })
    const failed = Promise.allSettled(writers)
    const goal = acknowledged.length + 20
    await until(async () => acknowledged.length >= goal)
    process.kill(pid, 'SIGKILL')
    isDead = true
    await failed
    await until(async () => server.pid !== pid && (await client.ping()).success)
  }
  const rows = await world.rowsOf('SELECT DISTINCT n FROM kept')
  const kept = new Set(rows.map((row) => (row as { n: number }).n))
  assert.deepEqual(
    acknowledged.filter((n) => !kept.has(n)),
    [],
  )
})

test('files of a dead process are gone after its restart', async () => {
  const { pid } = world.server
  await writeFile(join(world.directory, 'spool', 'left.out'), 'x')
  process.kill(pid, 'SIGKILL')
  await until(async () => world.server.pid !== pid && (await world.client.ping()).success)
  assert.deepEqual(await readdir(join(world.directory, 'spool')), [])
})

test('Ctrl+C and a group’s SIGTERM leave it to the parent when the child ends', async () => {
  const { pid } = world.server
  process.kill(pid, 'SIGINT')
  process.kill(pid, 'SIGTERM')
  assert.deepEqual(await world.rowsOf('SELECT 1 AS n'), [{ n: 1 }])
  assert.equal(world.server.pid, pid)
})

test('the child ends with its parent, also when that is killed in the midst of a query', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'local-clickhouse-'))
  const door = join(import.meta.dirname, 'local-clickhouse.ts')
  const program = `
    import { startLocalClickhouse } from ${JSON.stringify(door)}
    const { pid, url, username, password } =
      await startLocalClickhouse({ dataDirectory: ${JSON.stringify(directory)} })
    console.log(JSON.stringify({ pid, url, username, password }))
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program])
  const [line] = await parent.stdout.take(1).toArray()
  const child = JSON.parse(String(line))
  const client = openClient(child)
  const query = 'SELECT sum(sipHash64(number)) FROM numbers(100000000000)'
  const ended = assert.rejects(client.command({ query }))
  await until(async () => (await busyOf(client)) > 1)
  parent.kill('SIGKILL')
  await until(async () => !isAlive(child.pid))
  await ended
  await client.close()
  const again = await startLocalClickhouse({ dataDirectory: directory })
  await again.close()
  await rm(directory, { recursive: true })
})

test('close ends a running query within seconds, and what is stored opens again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'local-clickhouse-'))
  const first = await startLocalClickhouse({ dataDirectory: directory })
  const client = openClient(first)
  await client.command({ query: 'CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n' })
  await client.insert({ table: 't', values: [{ n: 1 }], format: 'JSONEachRow' })
  const query = 'SELECT sum(sipHash64(number)) FROM numbers(100000000000)'
  const ended = assert.rejects(client.command({ query }))
  await until(async () => (await busyOf(client)) > 1)
  await first.close()
  await ended
  await client.close()
  assert.ok(!isAlive(first.pid))

  await using second = await startLocalClickhouse({ dataDirectory: directory })
  assert.notEqual(second.password, first.password)
  const reader = openClient(second)
  const found = await reader.query({ query: 'SELECT n FROM t', format: 'JSONEachRow' })
  assert.deepEqual(await found.json(), [{ n: 1 }])
  await reader.close()
  await second.close()
  await rm(directory, { recursive: true })
})

test('half a gigabyte comes out in the memory that a fifth of it needs', async () => {
  const pass = async (rows: number): Promise<void> => {
    const { stream } = await world.client.exec({
      query: `SELECT repeat('x', 9999) AS t FROM numbers(${rows}) FORMAT TabSeparated`,
      // A block of 65,000 such rows would be 650 MB by itself.
      clickhouse_settings: {
        max_threads: 1,
        max_block_size: '1000',
        output_format_parallel_formatting: 0,
      },
    })
    let bytes = 0
    for await (const chunk of stream) bytes += chunk.length
    assert.equal(bytes, rows * 10_000)
  }
  await assertFlat(world.server.pid, { small: () => pass(10_000), large: () => pass(50_000) })
})

test('five times the rows go in with the same memory', async () => {
  await world.client.command({ query: 'CREATE TABLE swallowed (t String) ENGINE = Null' })
  const chunk = Buffer.from(`${'x'.repeat(9999)}\n`.repeat(100))
  const pass = async (chunks: number): Promise<void> => {
    const { stream, summary } = await world.client.exec({
      query: 'INSERT INTO swallowed FORMAT TabSeparated',
      values: Readable.from(Array.from({ length: chunks }, () => chunk)),
      clickhouse_settings: {
        max_threads: 1,
        input_format_parallel_parsing: 0,
        max_block_size: '1000',
        max_insert_block_size: '1000',
        min_insert_block_size_rows: '1000',
        min_insert_block_size_bytes: '0',
      },
    })
    stream.resume()
    assert.equal(summary?.written_rows, String(chunks * 100))
  }
  await assertFlat(world.server.pid, { small: () => pass(100), large: () => pass(500) })
})

/** A quarter of what the large run passes through beyond the small one; the allocator keeps some of it. */
const GROWN_BYTES_MAX = 90 * 1000 ** 2

/** Until the allocator has what it keeps anyway. */
const WARMING_RUNS = 3

/** Runs both and holds that the large run raised the peak by next to nothing. */
async function assertFlat(
  pid: number,
  runs: { small(): Promise<void>; large(): Promise<void> },
): Promise<void> {
  for (let warming = 0; warming < WARMING_RUNS; warming += 1) await runs.small()
  const small = await peakBytesOf(pid)
  await runs.large()
  const grown = (await peakBytesOf(pid)) - small
  assert.ok(grown < GROWN_BYTES_MAX, `the peak of ${small} bytes grew by ${grown}`)
}

/** Peak resident memory of a process, as Linux counts it. */
async function peakBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

/** Queries that run now, this one among them. */
async function busyOf(client: ReturnType<typeof openClient>): Promise<number> {
  const query = 'SELECT count() AS n FROM system.processes'
  const [row] = await (await client.query({ query, format: 'JSONEachRow' })).json<{ n: number }>()
  return Number(row?.n)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { type LocalClickhouse, startLocalClickhouse } from './local-clickhouse.ts'

/** A store of its own for one file of tests, and the official client for it. */
export interface TestServer extends AsyncDisposable {
  readonly server: LocalClickhouse
  readonly client: ClickHouseClient
  readonly directory: string
  readonly logged: string[]
  rowsOf(query: string, options?: Record<string, unknown>): Promise<unknown[]>
  /** The body and the summary of a query that has its own FORMAT. */
  bytesOf(query: string): Promise<{ body: Buffer; summary: Record<string, string> }>
  isRunning(queryId: string): Promise<boolean>
}

export async function openTestServer(): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'local-clickhouse-'))
  const logged: string[] = []
  const server = await startLocalClickhouse({
    dataDirectory: directory,
    log: (line) => void logged.push(line),
  })
  const client = openClient(server)

  const rowsOf: TestServer['rowsOf'] = async (query, options = {}) =>
    (await client.query({ query, format: 'JSONEachRow', ...options })).json()

  return {
    server,
    client,
    directory,
    logged,
    rowsOf,
    async bytesOf(query) {
      const { stream, response_headers } = await client.exec({ query })
      const body = Buffer.concat(await stream.toArray())
      return { body, summary: JSON.parse(String(response_headers['x-clickhouse-summary'])) }
    },
    async isRunning(queryId) {
      const query = "SELECT 1 FROM system.processes WHERE Settings['log_comment'] = {id:String}"
      return (await rowsOf(query, { query_params: { id: queryId } })).length > 0
    },
    async [Symbol.asyncDispose]() {
      await client.close()
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export function openClient(
  server: LocalClickhouse,
  options: Parameters<typeof createClient>[0] = {},
): ClickHouseClient {
  const { url, username, password } = server
  return createClient({
    url,
    username,
    password,
    log: { level: ClickHouseLogLevel.OFF },
    ...options,
  })
}

/** Waits until the condition holds; fails after twenty seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 20_000
  while (performance.now() < giveUpAt) {
    if (await condition().catch(() => false)) return
    await delay(20)
  }
  assert.fail('the condition did not come true within twenty seconds')
}

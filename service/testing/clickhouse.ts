import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { startLocalClickhouse } from '@sluice/local-clickhouse'

/** A ClickHouse for a test, with a database that goes with it. */
export interface TestClickhouse extends AsyncDisposable {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
  /** All of it, as SLUICE_CLICKHOUSE_URL takes it. */
  readonly address: string
  /** Of local-clickhouse, which a test may kill; absent on a real server. */
  readonly pid: (() => number) | undefined
  close(): Promise<void>
}

/**
 * local-clickhouse in the directory; or, where SLUICE_TEST_CLICKHOUSE_URL names a server, a database of the
 * directory's own there. So the same tests run on both homes.
 */
export async function openTestClickhouse(options: {
  dataDirectory: string
}): Promise<TestClickhouse> {
  const given = testClickhouseUrl(options.dataDirectory)
  if (given !== undefined) {
    const address = new URL(given)
    const close = () => dropTestDatabase(given)
    return { ...partsOf(address), pid: undefined, close, [Symbol.asyncDispose]: close }
  }
  const local = await startLocalClickhouse({
    dataDirectory: join(options.dataDirectory, 'clickhouse'),
    log: () => {},
  })
  const { username, password } = local
  const address = Object.assign(new URL(local.url), { username, password, pathname: '/default' })
  const close = () => local.close()
  return { ...partsOf(address), pid: () => local.pid, close, [Symbol.asyncDispose]: close }
}

/** Undefined: embedded. The same directory has the same database whenever it asks. */
export function testClickhouseUrl(dataDirectory: string): string | undefined {
  const server = process.env.SLUICE_TEST_CLICKHOUSE_URL
  if (server === undefined || server === '') return undefined
  const name = `sluice_${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 24)}`
  return Object.assign(new URL(server), { pathname: `/${name}` }).href
}

export async function dropTestDatabase(given: string): Promise<void> {
  const { url, username, password, database } = partsOf(new URL(given))
  const client = createClient({ url, username, password })
  try {
    await client.command({ query: `DROP DATABASE IF EXISTS ${database} SYNC` })
  } finally {
    await client.close()
  }
}

function partsOf(address: URL) {
  return {
    url: address.origin,
    username: decodeURIComponent(address.username) || 'default',
    password: decodeURIComponent(address.password),
    database: address.pathname.slice(1),
    address: address.href,
  }
}

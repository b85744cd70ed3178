import { join } from 'node:path'
import { startLocalClickhouse } from '@sluice/local-clickhouse'
import type { Config } from '#config'
import type { Log } from '#telemetry'

/** Where ClickHouse answers, in the words of `@clickhouse/client`. */
interface Clickhouse extends AsyncDisposable {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
  readonly cluster?: string
}

/** The ClickHouse of the environment, or one of our own in the data directory that ends with us. */
export async function openClickhouse(config: Config, log: Log): Promise<Clickhouse> {
  const { clickhouseUrl, clickhouseCluster: cluster } = config
  if (clickhouseUrl !== undefined)
    return { ...addressOf(new URL(clickhouseUrl.open())), ...(cluster && { cluster }) }
  const local = await startLocalClickhouse({
    dataDirectory: join(config.dataDirectory, 'clickhouse'),
    log: (line) => log.warn({ line }, 'local-clickhouse'),
  })
  return {
    url: local.url,
    username: local.username,
    password: local.password,
    database: 'default',
    [Symbol.asyncDispose]: () => local.close(),
  }
}

/** `https://user:password@host:8443/database`, as ClickHouse's own tools take it. */
export function addressOf(address: URL): Clickhouse {
  return {
    url: address.origin,
    username: decodeURIComponent(address.username) || 'default',
    password: decodeURIComponent(address.password),
    database: decodeURIComponent(address.pathname.slice(1)) || 'default',
    [Symbol.asyncDispose]: async () => {},
  }
}

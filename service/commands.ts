/** What a terminal can start: the service, a worker beside it, and a look at what they would use. */
import { type Config, ConfigError, readConfig } from '#config'
import { type CheckedPart, checkParts } from './check.ts'
import { runProcess } from './process.ts'
import { startService } from './service.ts'

export type { CheckedPart } from './check.ts'

/** The whole service, from the environment, until a signal ends it. */
export function serve(): Promise<void> {
  return runProcess(async () => {
    const service = await startService(readConfig(process.env))
    console.error(`Sluice is listening on ${service.url}; its API is ${service.apiUrl}.`)
    return service
  })
}

/** A worker alone: export tasks of the services it shares PostgreSQL and ClickHouse with. */
export function work(): Promise<void> {
  return runProcess(async () => {
    const service = await startService(readWorkerConfig(process.env), { role: 'worker' })
    console.error(
      `A worker of Sluice is at work; it answers /healthz and /readyz on ${service.url}.`,
    )
    return service
  })
}

/** What the service, or a worker, would use, and whether it answers. Throws ConfigError; changes nothing. */
export async function check(role?: 'worker'): Promise<CheckedPart[]> {
  return checkParts(role === 'worker' ? readWorkerConfig(process.env) : readConfig(process.env))
}

function readWorkerConfig(env: NodeJS.ProcessEnv): Config {
  const config = readConfig(env)
  const needed = {
    SLUICE_DATABASE_URL: config.databaseUrl,
    SLUICE_CLICKHOUSE_URL: config.clickhouseUrl,
  }
  const missing = Object.entries(needed).filter(([, url]) => url === undefined)
  if (missing.length === 0) return config
  throw new ConfigError(
    missing.map(
      ([name]) =>
        `${name} is missing: a worker shares it with the services; an embedded one has one process.`,
    ),
  )
}

import { statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Config } from '#config'
import { inspectDatabase, lockDirectory } from '#database'
import { inspectSampleStore } from '#samples'
import { redact } from '#secret'
import { openTelemetry } from '#telemetry'
import { addressOf } from './clickhouse.ts'
import { startPrincipalCheck } from './principal.ts'

/** One part of a service, as its environment has it. */
export interface CheckedPart {
  part: string
  /** What it is and where, without a secret. */
  uses: string
  /** Why the service could not work with it; absent: it could. */
  problem?: string
}

type Check = (config: Config) => Promise<CheckedPart>

const checks: Check[] = [
  checkAddress,
  checkDataDirectory,
  checkDatabase,
  checkSampleStore,
  checkPrincipal,
  checkSpool,
]

/** Looks at every part, one after the other, and changes nothing; a data directory that is missing is made. */
export async function checkParts(config: Config): Promise<CheckedPart[]> {
  const parts: CheckedPart[] = []
  for (const each of checks) parts.push(await each(config))
  return parts
}

async function tried(
  part: Omit<CheckedPart, 'problem'>,
  work: () => Promise<Partial<CheckedPart> | undefined>,
): Promise<CheckedPart> {
  try {
    return { ...part, ...(await work()) }
  } catch (error) {
    return { ...part, problem: sentenceOf(error) }
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return redact(String(error))
  const cause = error.cause instanceof Error ? ` (${error.cause.message || error.cause.name})` : ''
  return redact(`${error.message}${cause}`)
}

function checkAddress({ http: { host, port } }: Config): Promise<CheckedPart> {
  return tried({ part: 'address', uses: `http://${host}:${port}` }, async () => {
    const server = createServer()
    await new Promise<void>((done, fail) => {
      server.once('error', fail).listen(port, host, done)
    })
    await new Promise((done) => server.close(done))
    return undefined
  })
}

function checkDataDirectory({ dataDirectory }: Config): Promise<CheckedPart> {
  return tried({ part: 'data directory', uses: dataDirectory }, async () => {
    lockDirectory(dataDirectory).release()
    return undefined
  })
}

function checkDatabase({ databaseUrl, dataDirectory }: Config): Promise<CheckedPart> {
  const part = 'database'
  if (databaseUrl === undefined)
    return Promise.resolve({ part, uses: `PGlite in ${join(dataDirectory, 'database')}` })
  const url = new URL(databaseUrl.open())
  const where = `at ${url.host}${url.pathname}`
  return tried({ part, uses: `PostgreSQL ${where}` }, async () => {
    const { version, missing } = await inspectDatabase({ url: url.href, dataDirectory })
    const schema = missing.length === 0 ? 'up to date' : `to be migrated: ${missing.join(', ')}`
    return { uses: `PostgreSQL ${version} ${where}, schema ${schema}` }
  })
}

function checkSampleStore(config: Config): Promise<CheckedPart> {
  const { clickhouseUrl, clickhouseCluster, dataDirectory } = config
  const part = 'sample store'
  if (clickhouseUrl === undefined)
    return Promise.resolve({
      part,
      uses: `local-clickhouse in ${join(dataDirectory, 'clickhouse')}`,
    })
  const { url, username, password, database } = addressOf(new URL(clickhouseUrl.open()))
  const cluster = clickhouseCluster === undefined ? '' : `, cluster ${clickhouseCluster}`
  const where = `at ${url}, database ${database}${cluster}`
  return tried({ part, uses: `ClickHouse ${where}` }, async () => {
    const version = await inspectSampleStore({ url, username, password })
    return { uses: `ClickHouse ${version} ${where}` }
  })
}

function checkPrincipal({ aws }: Config): Promise<CheckedPart> {
  return tried({ part: 'AWS identity', uses: aws.principalArn }, async () => {
    const telemetry = openTelemetry({ level: 'silent' })
    try {
      await using check = await startPrincipalCheck({
        principalArn: aws.principalArn,
        client: {},
        log: telemetry.log,
      })
      const problem = check.problem()
      return problem === undefined ? undefined : { problem }
    } finally {
      telemetry.close()
    }
  })
}

const GIB = 1024 ** 3

function checkSpool({ dataDirectory, spoolBytesMax }: Config): Promise<CheckedPart> {
  const uses = `${(spoolBytesMax / GIB).toFixed(1)} GiB at most in ${join(dataDirectory, 'spool')}`
  return tried({ part: 'spool', uses }, async () => {
    const { bavail, bsize } = await statfs(dataDirectory)
    const freeBytes = bavail * bsize
    if (freeBytes >= spoolBytesMax) return undefined
    const problem = `The disk has ${(freeBytes / GIB).toFixed(1)} GiB free. Free some, or lower SLUICE_SPOOL_BYTES_MAX.`
    return { problem }
  })
}

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startLocalAws } from '@sluice/local-aws'
import { openTestClickhouse, TEST_SECRET_KEY, testDatabaseUrl } from '#testing'
import { check } from './commands.ts'

const PASSWORD = 'a-password-that-nobody-sees'

/** The process's environment, for one test. */
function useEnvironment(t: TestContext, variables: Record<string, string>) {
  const before = { ...process.env }
  t.after(() => {
    process.env = before
  })
  process.env = { PATH: before.PATH ?? '', ...variables }
}

async function newDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-check-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

const principal = 'arn:aws:iam::123456789012:user/sluice'
const problems = async (role?: 'worker') =>
  Object.fromEntries((await check(role)).map(({ part, problem }) => [part, problem]))

test('what does not answer is named, each part by itself and without a secret', async (t) => {
  useEnvironment(t, {
    SLUICE_PRINCIPAL_ARN: principal,
    SLUICE_DATA_DIR: await newDirectory(t),
    SLUICE_PORT: '0',
    SLUICE_DATABASE_URL: `postgresql://sluice:${PASSWORD}@127.0.0.1:1/sluice`,
    SLUICE_SECRET_KEY: TEST_SECRET_KEY,
    SLUICE_CLICKHOUSE_URL: `http://sluice:${PASSWORD}@127.0.0.1:1/sluice`,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA',
    AWS_SECRET_ACCESS_KEY: PASSWORD,
  })
  const parts = await check()
  const found = new Map(parts.map((each) => [each.part, each]))
  assert.match(found.get('database')?.problem ?? '', /cannot be reached.*ECONNREFUSED/)
  assert.match(found.get('sample store')?.problem ?? '', /did not answer/)
  assert.match(found.get('AWS identity')?.problem ?? '', /has not said who this service is/)
  assert.equal(found.get('data directory')?.problem, undefined)
  assert(!JSON.stringify(parts).includes(PASSWORD))
})

test('a worker without the parts that it shares is refused', async (t) => {
  useEnvironment(t, { SLUICE_PRINCIPAL_ARN: principal, SLUICE_DATA_DIR: await newDirectory(t) })
  await assert.rejects(
    async () => check('worker'),
    /SLUICE_DATABASE_URL is missing[\s\S]*SLUICE_CLICKHOUSE_URL is missing/,
  )
})

/** An AWS with our user in it, a ClickHouse, and where tests have one a PostgreSQL: the environment that names them. */
async function startParts(t: TestContext) {
  const directory = await newDirectory(t)
  const aws = await startLocalAws({ dataDirectory: join(directory, 'aws') })
  t.after(() => aws.close())
  const clickhouse = await openTestClickhouse({ dataDirectory: directory })
  t.after(() => clickhouse.close())
  const user = await aws.createServiceUser(await aws.createAccount(), 'sluice')
  const databaseUrl = await testDatabaseUrl(directory)
  const environment = {
    SLUICE_PRINCIPAL_ARN: user.arn,
    SLUICE_DATA_DIR: join(directory, 'data'),
    SLUICE_PORT: '0',
    SLUICE_SPOOL_BYTES_MAX: String(64 * 1024 ** 2),
    SLUICE_CLICKHOUSE_URL: clickhouse.address,
    ...(databaseUrl && {
      SLUICE_DATABASE_URL: databaseUrl,
      SLUICE_SECRET_KEY: TEST_SECRET_KEY,
    }),
    AWS_ENDPOINT_URL: aws.endpointUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: user.accessKeyId,
    AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
  }
  return { environment, databaseUrl }
}

test('parts that answer are told with their versions, and nothing is changed in them', async (t) => {
  const { environment, databaseUrl } = await startParts(t)
  useEnvironment(t, environment)
  for (const role of databaseUrl ? ([undefined, 'worker'] as const) : [undefined])
    assert.deepEqual(new Set(Object.values(await problems(role))), new Set([undefined]))
  const [database] = (await check()).filter(({ part }) => part === 'database')
  assert.match(database?.uses ?? '', databaseUrl ? /to be migrated: 0001-/ : /PGlite in/)
  process.env.SLUICE_PRINCIPAL_ARN = 'arn:aws:iam::999999999999:role/someone-else'
  assert.match(
    (await problems())['AWS identity'] ?? '',
    /belong to arn:aws:iam::\d{12}:user\/sluice/,
  )
})

test('a worker is started by its command, is ready, and a signal ends it well', {
  skip: !process.env.SLUICE_TEST_DATABASE_URL && 'needs PostgreSQL: npm run test:postgres',
}, async (t) => {
  const { environment } = await startParts(t)
  const sluice = join(import.meta.dirname, '..', 'cli', 'sluice.js')
  const child = spawn(process.execPath, [sluice, 'worker'], {
    env: { PATH: process.env.PATH, SLUICE_LOG_LEVEL: 'silent', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.after(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  let said = ''
  for await (const text of child.stderr.setEncoding('utf8')) {
    said += text
    if (said.includes('\n')) break
  }
  const [url] = /http:\S+\d/.exec(said) ?? []
  assert(url, said)
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  assert.equal((await fetch(`${url}/v1/analytics/exports`)).status, 404)
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

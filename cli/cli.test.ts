import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

// The command as a user types it, against a dev world as a user starts it.

const root = join(import.meta.dirname, '..')
const START_MS_MAX = 60_000

let directory: string
let world: ChildProcess
// biome-ignore lint/suspicious/noExplicitAny: the file is looked at member by member
let dev: any
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
  const args = [
    'service/dev.ts',
    '--data-dir',
    join(directory, 'world'),
    '--port',
    '0',
    '--aws-port',
    '0',
  ]
  const env = { ...process.env, SLUICE_LOG_LEVEL: 'silent' }
  world = spawn(process.execPath, args, { cwd: root, env, stdio: 'ignore' })
  const file = join(directory, 'world', 'dev.json')
  const deadline = performance.now() + START_MS_MAX
  while (!existsSync(file)) {
    assert(performance.now() < deadline && world.exitCode === null, 'npm run dev has not started')
    await new Promise((done) => setTimeout(done, 100))
  }
  dev = JSON.parse(await readFile(file, 'utf8'))
})
after(async () => {
  world.kill('SIGTERM')
  await new Promise((done) => world.once('exit', done))
  await rm(directory, { recursive: true, force: true })
})

interface Ended {
  code: number
  stdout: string
  stderr: string
}

function sluice(args: string[], env: Record<string, string> = {}, input = ''): Promise<Ended> {
  const dataDirectory = { SLUICE_DATA_DIR: join(directory, 'world') }
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [join(root, 'cli', 'sluice.js'), ...args],
      { env: { PATH: process.env.PATH, ...dataDirectory, ...env }, cwd: directory },
      (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
    child.stdin?.end(input)
  })
}

async function json(args: string[]) {
  const { code, stdout, stderr } = await sluice([...args, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

test('what is missing or unknown ends with 2 and says what to type', async () => {
  const none = await sluice(['licenses', 'list'], { SLUICE_DATA_DIR: directory })
  assert.deepEqual([none.code, none.stdout], [2, ''])
  assert.match(none.stderr, /SLUICE_API_KEY/)
  const unknown = await sluice(['exports', 'crate'])
  assert.equal(unknown.code, 2)
  const output = await sluice(['outputs', 'create', '--bucket', 'b', '--role-arn', 'x'])
  assert.equal(output.code, 2)
  assert.match(output.stderr, /bucketName/)
  assert.match(output.stderr, /roleArn/)
})

test('a wrong key, a thing that is not there, and a service that is not there are told apart', async () => {
  const wrong = await sluice(['licenses', 'list'], {
    SLUICE_API_KEY: 'x',
    SLUICE_API_URL: dev.apiUrl,
  })
  assert.equal(wrong.code, 3)
  const missing = await sluice(['exports', 'get', '00000000-0000-4000-8000-000000000000'])
  assert.equal(missing.code, 3)
  assert.match(missing.stderr, /request /)
  const nobody = await sluice(['licenses', 'list'], {
    SLUICE_API_KEY: 'x',
    SLUICE_API_URL: 'http://127.0.0.1:1/v1',
  })
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /Is it running/)
})

test('licenses and API keys are created and listed, as tables and as JSON', async () => {
  const license = await json(['licenses', 'create', 'from a terminal'])
  const all = await json(['licenses', 'list'])
  assert(all.some(({ id }: { id: string }) => id === license.id))
  const { stdout } = await sluice(['licenses', 'list'])
  assert.match(stdout, /licenseKey/)
  assert(stdout.includes(license.licenseKey))
  const key = await json(['api-keys', 'create', 'for a script'])
  assert.equal(typeof key.value, 'string')
  await json(['api-keys', 'delete', key.id])
  const revoked = await sluice(['licenses', 'list'], {
    SLUICE_API_KEY: key.value,
    SLUICE_API_URL: dev.apiUrl,
  })
  assert.equal(revoked.code, 3)
})

test('an import stores the good rows, names the bad ones with file and line, and ends with 5', async () => {
  const { licenseKey } = dev.organizations[0]
  const time = new Date(Date.now() - 7_200_000).toISOString()
  const row = (sequence_number: number) =>
    JSON.stringify({ time, impression_id: 'i-1', sequence_number, path: '/a, "b"' })
  const file = join(directory, 'rows.ndjson')
  await writeFile(file, [row(0), '{"no": 1', row(1)].join('\n'))
  const { code, stdout, stderr } = await sluice(['import', file, '--license', licenseKey])
  assert.equal(code, 5)
  assert.match(stdout, /2 rows stored, 1 rejected/)
  assert.match(stderr, /rows\.ndjson:2 /)
  const csv = join(directory, 'rows.csv')
  await writeFile(csv, `time,impression_id,sequence_number,path\n${time},i-2,0,"a ""b"", c"\n`)
  assert.deepEqual(await json(['import', csv, '--license', licenseKey]), [
    { file: csv, accepted: 1, rejected: 0, errors: [] },
  ])
  const packed = join(directory, 'rows.ndjson.gz')
  await writeFile(packed, gzipSync(row(3)))
  assert.equal((await json(['import', packed, '--license', licenseKey]))[0].accepted, 1)
  const piped = ['import', '-', '--license', licenseKey]
  const untold = await sluice(piped)
  assert.deepEqual([untold.code, untold.stdout], [2, ''])
  assert.match(untold.stderr, /add --format/)
  const { code: ended, stdout: said } = await sluice([...piped, '--format', 'ndjson'], {}, row(4))
  assert.deepEqual([ended, said.trim()], [0, '-: 1 rows stored, 0 rejected'])
  const missing = await sluice(['import', join(directory, 'none.csv'), '--license', licenseKey])
  assert.equal(missing.code, 2)
})

test('an output prints its trust policy; an export through a role that is not there ends with 4', async () => {
  const [{ aws, licenseKey }] = dev.organizations
  const roleArn = `arn:aws:iam::${aws.accountId}:role/nobody`
  const create = ['outputs', 'create', '--bucket', 'some-bucket', '--role-arn', roleArn, '--json']
  const { stdout, stderr } = await sluice(create)
  const output = JSON.parse(stdout)
  assert(stderr.includes(`"sts:ExternalId": "${output.externalId}"`))
  assert(stderr.includes(dev.servicePrincipalArn))
  const listed = await json(['outputs', 'list'])
  assert(listed.some(({ id }: { id: string }) => id === output.id))
  const day = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
  const window = [
    '--from',
    day.toISOString(),
    '--to',
    new Date(day.getTime() + 3_600_000).toISOString(),
  ]
  const task = ['exports', 'create', '--output', output.id, '--license', licenseKey, '--path', 'x']
  const ended = await sluice([...task, ...window, '--wait'])
  assert.equal(ended.code, 4, ended.stderr)
  assert.match(ended.stderr, /ROLE_NOT_ASSUMABLE[\s\S]*What to do: /)
  const accesses = await json(['outputs', 'accesses', output.id])
  assert.equal(accesses[0].outcome, 'ROLE_NOT_ASSUMABLE')
  assert.equal(accesses[0].sessionName, `sluice-${output.id}`)
  await json(['outputs', 'delete', output.id])
})

import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer, request as requestHttp } from 'node:http'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { type DevWorld, type Ended, openDevWorld, root } from './dev-world.ts'
import { examplesOf, leaves, licenseLeaves } from './typed-commands.ts'

// The command as a user types it, against a dev world as a user starts it.

let world: DevWorld
let directory: string
let dev: DevWorld['dev']
let run: DevWorld['run']
let sluice: DevWorld['sluice']
let json: DevWorld['json']
before(async () => {
  world = await openDevWorld()
  ;({ directory, dev, run, sluice, json } = world)
})
after(() => world?.[Symbol.asyncDispose]())

/** What the customer does in their account, as the README tells: the script of the set-up kit. */
async function prepareAccount(aws: AwsKeys, outputId: string): Promise<string> {
  const setup = ['outputs', 'setup', outputId, '--format', 'aws-cli']
  const { code, stdout: script, stderr } = await sluice(setup)
  assert.equal(code, 0, stderr)
  const env = await openAccount(aws)
  return new Promise((done, fail) => {
    const child = execFile('bash', [], { env }, (error, _stdout, said) =>
      error ? fail(new Error(said)) : done(said),
    )
    child.stdin?.end(script)
  })
}

interface AwsKeys {
  accessKeyId: string
  secretAccessKey: string
  region: string
}

/** An environment in which `aws` is at hand, with the keys of the customer's account. */
async function openAccount(aws: AwsKeys): Promise<NodeJS.ProcessEnv> {
  const bin = join(directory, 'bin')
  const standIn = join(root, 'service', 'testing', 'aws-stand-in.ts')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, 'aws'), `#!/bin/sh\nexec '${process.execPath}' '${standIn}' "$@"\n`, {
    mode: 0o755,
  })
  return {
    PATH: `${bin}:${process.env.PATH}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    AWS_ENDPOINT_URL: dev.awsEndpointUrl,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
  }
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
  assert.equal(output.stderr.match(/roleArn/g)?.length, 1, 'each mistake is told once')
  const address = await sluice(['licenses', 'list', '--api-url', 'localhost:8080'])
  assert.equal(address.code, 2)
  assert.match(address.stderr, /must be one such as http:/)
  const empty = await sluice(['licenses', 'get', ''])
  assert.deepEqual([empty.code, empty.stdout], [2, ''])
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

test('the version is told', async () => {
  assert.match((await sluice(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})

test('an empty variable is an absent one', async () => {
  const { code } = await sluice(['licenses', 'list'], { SLUICE_API_KEY: '', SLUICE_API_URL: '' })
  assert.equal(code, 0)
})

test('without a key, another organization is one that the first may act in', async () => {
  const made = await json(['organizations', 'create', 'Aurora Sports'])
  const key = await json(['--organization', made.id, 'api-keys', 'create', 'first'])
  assert.deepEqual(await json(['--organization', made.id, 'api-keys', 'list']).then(idsOf), [
    key.id,
  ])
  assert.equal((await json(['--organization', 'Borealis TV', 'licenses', 'list'])).length, 1)
  const none = await sluice(['--organization', 'Cirrus', 'licenses', 'list'])
  assert.equal(none.code, 2)
})

const idsOf = (things: { id: string }[]) => things.map(({ id }) => id)

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
  const piped = ['import', '-', '--license', licenseKey.toUpperCase()]
  const untold = await sluice(piped)
  assert.deepEqual([untold.code, untold.stdout], [2, ''])
  assert.match(untold.stderr, /add --format/)
  const { code: ended, stdout: said } = await sluice([...piped, '--format', 'ndjson'], {}, row(4))
  assert.deepEqual([ended, said.trim()], [0, '-: 1 rows stored, 0 rejected'])
  const packedPipe = [...piped, '--format', 'ndjson', '--json']
  const unnamed = await sluice(packedPipe, {}, gzipSync(row(5)))
  assert.equal(JSON.parse(unnamed.stdout)[0].accepted, 1, 'its first bytes say that it is packed')
  await writeFile(packed, gzipSync(row(6)).subarray(0, 60))
  const torn = await sluice(['import', packed, '--license', licenseKey])
  assert.equal(torn.code, 2)
  assert.match(torn.stderr, /rows\.ndjson\.gz is not whole: its gzip/)
})

test('what cannot be read stops an import before anything is sent, and nobody else is blamed', async () => {
  const { licenseKey } = dev.organizations[0]
  for (const [file, format, said] of [
    [join(directory, 'none.csv'), 'csv', /There is no file .*none\.csv\. Nothing was imported/],
    [directory, 'csv', /is a directory/],
    [directory, 'parquet', /is a directory/],
  ] as const) {
    const ended = await sluice(['import', file, '--format', format, '--license', licenseKey])
    assert.deepEqual([ended.code, ended.stdout], [2, ''])
    assert.match(ended.stderr, said)
  }
})

/** Stands before the service; told of each piece of an import before it goes on, and once it is stored. */
async function startFront(t: TestContext, on: { piece?: () => boolean; stored?: () => boolean }) {
  const { hostname, port } = new URL(dev.apiUrl)
  const front = createServer((request, response) => {
    const isPiece = request.url?.endsWith('/samples') === true
    if (isPiece && on.piece?.() === false) return void request.socket.destroy()
    const { method, headers, url } = request
    const through = requestHttp({ hostname, port, method, headers, path: url }, (answer) => {
      if (isPiece && on.stored?.() === false) return void request.socket.destroy()
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    request.pipe(through)
  })
  await new Promise<void>((done) => front.listen(0, '127.0.0.1', done))
  t.after(() => void front.close().closeAllConnections())
  return {
    SLUICE_API_URL: `http://127.0.0.1:${Object(front.address()).port}/v1`,
    SLUICE_API_KEY: dev.organizations[0].apiKey,
  }
}

/** Of 300,000 bytes each, so that 16 MiB have some 50. */
function bigRows(name: string, time: string): string[] {
  const path = 'p'.repeat(300_000)
  return Array.from({ length: 120 }, (_, index) =>
    JSON.stringify({ time, impression_id: `${name}-${index}`, sequence_number: 0, path }),
  )
}

const twoHoursAgo = () => new Date(Date.now() - 7_200_000).toISOString()

test('an import that breaks off goes on where it stopped, and sends no piece twice', async (t) => {
  const { licenseKey } = dev.organizations[0]
  let pieces = 0
  let isBroken = true
  const env = await startFront(t, {
    piece: () => {
      if (isBroken && pieces > 0) return false
      pieces += 1
      return true
    },
  })
  const rows = bigRows('broken', twoHoursAgo())
  rows[110] = '{"no'
  const file = join(directory, 'big.ndjson')
  await writeFile(file, rows.join('\n'))
  const command = ['import', file, '--license', licenseKey]
  const broken = await sluice(command, env)
  assert.equal(broken.code, 1)
  assert.match(broken.stderr, /The same command goes on where it stopped/)
  isBroken = false
  const { code, stdout, stderr } = await sluice(command, env)
  assert.equal(code, 5, stderr)
  assert.match(stderr, /goes on behind line \d+; \d+ rows are stored/)
  assert.match(stderr, /big\.ndjson:111 /)
  assert.match(stdout, /119 rows stored, 1 rejected/)
  assert.equal(pieces, 3)
  // Finished, it begins anew, and so it does where that is asked for.
  await sluice(command, env)
  assert.equal(pieces, 6)
})

test('an import that is killed before it knew what was stored goes on, and no row is in a file twice', async (t) => {
  const [{ aws }] = dev.organizations
  const { licenseKey } = await json(['licenses', 'create', 'killed'])
  const day = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
  const file = join(directory, 'killed.ndjson')
  await writeFile(file, bigRows('killed', day.toISOString()).join('\n'))
  let stored = 0
  let importing: ChildProcess | undefined
  const env = await startFront(t, {
    stored: () => {
      stored += 1
      if (stored !== 2) return true
      importing?.kill('SIGKILL') // the second piece lies in the store, and nobody was told
      return false
    },
  })
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const own = { PATH, NODE_COMPILE_CACHE, XDG_STATE_HOME: join(directory, 'state'), ...env }
  const command = ['import', file, '--license', licenseKey]
  importing = spawn(process.execPath, [join(root, 'cli', 'main.ts'), ...command], {
    env: own,
    stdio: 'ignore',
  })
  assert.deepEqual(await once(importing, 'exit'), [null, 'SIGKILL'])
  const { code, stdout, stderr } = await sluice(command, env)
  assert.equal(code, 0, stderr)
  assert.match(stderr, /goes on behind line \d+/)
  assert.match(stdout, /120 rows stored, 0 rejected/)
  assert.equal(stored, 4, 'three pieces, and the second once more')
  const { id } = await json([
    ...['outputs', 'create', '--bucket', 'killed-bucket', '--role-arn'],
    `arn:aws:iam::${aws.accountId}:role/killed`,
  ])
  await prepareAccount(aws, id)
  const end = new Date(day.getTime() + 3_600_000).toISOString()
  const task = await json([
    ...['exports', 'create', '--output', id, '--license', licenseKey, '--path', 'hour', '--wait'],
    ...['--from', day.toISOString(), '--to', end, '--columns', 'impression_id'],
  ])
  const [hour] = await json(['exports', 'files', task.id])
  assert.deepEqual([hour.status, hour.rows], ['DELIVERED', 120])
  await json(['outputs', 'delete', id])
})

test('the service is looked at before it is started, and a worker needs what it shares', async () => {
  const env = {
    SLUICE_PRINCIPAL_ARN: dev.servicePrincipalArn,
    SLUICE_DATA_DIR: join(directory, 'world', 'service'),
    SLUICE_PORT: '0',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA',
    AWS_SECRET_ACCESS_KEY: 'x',
  }
  const held = await sluice(['serve', '--check'], env)
  assert.equal(held.code, 1)
  assert.match(held.stdout, /ERROR +data directory/)
  assert.match(held.stdout, /is in use by process \d+/)
  const nothing = await sluice(['serve', '--check'])
  assert.equal(nothing.code, 2)
  assert.match(nothing.stderr, /SLUICE_PRINCIPAL_ARN is missing/)
  const worker = await sluice(['worker', '--check'], env)
  assert.equal(worker.code, 2)
  assert.match(worker.stderr, /SLUICE_DATABASE_URL is missing/)
  const right = {
    ...env,
    SLUICE_DATA_DIR: join(directory, 'alone'),
    SLUICE_SPOOL_BYTES_MAX: String(64 * 1024 ** 2),
    AWS_ENDPOINT_URL: dev.awsEndpointUrl,
    AWS_ACCESS_KEY_ID: dev.organizations[0].aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: dev.organizations[0].aws.secretAccessKey,
    SLUICE_PRINCIPAL_ARN: `arn:aws:iam::${dev.organizations[0].aws.accountId}:user/administrator`,
  }
  const { code, stdout, stderr } = await sluice(['serve', '--check'], right)
  assert.deepEqual([code, stderr], [0, ''], stdout)
  await startAndStop(['serve'], right, /Sluice is listening on/)
  run.add('worker') // service/check.test.ts starts it by its command: it needs PostgreSQL
})

/** Until it says that it has started; a signal ends it, and it ends well. */
async function startAndStop(args: string[], env: Record<string, string>, said: RegExp) {
  const bin = join(root, 'cli', 'sluice.js')
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH, SLUICE_LOG_LEVEL: 'silent', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise((done) => child.once('exit', done))
  let text = ''
  for await (const chunk of child.stderr.setEncoding('utf8')) {
    text += chunk
    if (said.test(text)) break
  }
  assert.match(text, said)
  child.kill('SIGTERM')
  assert.equal(await ended, 0)
}

test('a script for each shell completes commands, options and their values', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await sluice(['completion', shell])
    assert.equal(code, 0)
    assert.match(stdout, /sluice/)
  }
  const completed = async (...words: string[]) =>
    (await sluice(['complete', '--', ...words])).stdout
      .split('\n')
      .map((line) => line.split('\t')[0])
  assert((await completed('')).includes('exports'))
  assert((await completed('exports', '')).includes('files'))
  assert((await completed('exports', 'create', '--')).includes('--license'))
  assert((await completed('exports', 'create', '--format', '')).includes('PARQUET'))
  // What the shell adds of its own: 4 is nothing, 0 is files.
  assert.deepEqual((await completed('exports', 'get', '')).filter(Boolean), [':4'])
  assert.deepEqual((await completed('import', 'january')).filter(Boolean), [':0'])
})

test('bash completes without the package bash-completion', async () => {
  const bin = join(root, 'cli', 'sluice.js')
  const script = `sluice() { "${process.execPath}" "${bin}" "$@"; }
source <(sluice completion bash)
COMP_WORDS=(sluice exports cr) COMP_CWORD=2
__sluice_complete 2>/dev/null
echo "$(complete -p sluice): \${COMPREPLY[@]}"`
  const said = await new Promise<string>((done, fail) => {
    execFile('bash', ['--norc', '-c', script], (error, stdout, stderr) =>
      error ? fail(error) : done(stdout + stderr),
    )
  })
  assert.equal(said.trim(), 'complete -o default -F __sluice_complete sluice: create')
})

test('every command has examples of itself in its help', () => {
  for (const leaf of leaves) {
    const lines = examplesOf(leaf)
    assert(lines.length > 0, leaf)
    for (const line of lines)
      assert.match(line, new RegExp(`\\bsluice (--organization <organization id> )?${leaf}\\b`))
  }
})

test('an output says what makes its role; an export through a role that is not there ends with 4', async () => {
  const [{ aws, licenseKey }] = dev.organizations
  const roleArn = `arn:aws:iam::${aws.accountId}:role/nobody`
  const create = ['outputs', 'create', '--bucket', 'some-bucket', '--role-arn', roleArn, '--json']
  const { stdout, stderr } = await sluice(create)
  const output = JSON.parse(stdout)
  assert(stderr.includes(`sluice outputs setup ${output.id} --format aws-cli | bash`))
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
  const [{ id }] = await json(['exports', 'list'])
  assert.equal((await json(['exports', 'get', id])).error.code, 'ROLE_NOT_ASSUMABLE')
  assert.equal((await sluice(['exports', 'watch', id])).code, 4)
  const files = await json(['exports', 'files', id])
  assert.deepEqual(
    files.map(({ status }: { status: string }) => status),
    ['PLANNED', 'PLANNED'],
  )
  assert.equal((await json(['outputs', 'get', output.id])).externalId, output.externalId)
  const accesses = await json(['outputs', 'accesses', output.id])
  assert.equal(accesses[0].outcome, 'ROLE_NOT_ASSUMABLE')
  assert.equal(accesses[0].sessionName, `sluice-${output.id}`)
  const { at } = accesses[0]
  const before = await json(['outputs', 'accesses', output.id, '--to', at])
  assert.equal(before.length, accesses.length - 1)
  const { stdout: markdown } = await sluice(['outputs', 'report', output.id])
  assert(markdown.startsWith(`# Access of Sluice to s3://${output.bucketName}/`), markdown)
  assert(markdown.includes(accesses[0].stsRequestIds[0]), markdown)
  const report = await json(['outputs', 'report', output.id, '--days', '1'])
  assert.deepEqual(report.accesses.newest, accesses)
  const { code: refused } = await sluice(['outputs', 'report', output.id, '--format', 'pdf'])
  assert.equal(refused, 2)
  await json(['outputs', 'delete', output.id])
})

test('a window without samples is exported with the role in place, and watched to its end', async () => {
  const [{ aws, licenseKey }] = dev.organizations
  const { id } = await json([
    ...['outputs', 'create', '--bucket', 'watched-bucket', '--path-prefix', "it's $(date)"],
    ...['--role-arn', `arn:aws:iam::${aws.accountId}:role/watched`],
  ])
  assert.match(await prepareAccount(aws, id), /bucket watched-bucket was made[\s\S]*Done/)
  const task = await json([
    ...['exports', 'create', '--output', id, '--license', licenseKey, '--path', 'day'],
    ...['--from', '2026-01-31T00:00:00Z', '--to', '2026-01-31T02:00:00Z', '--format', 'parquet'],
  ])
  assert.equal((await json(['exports', 'watch', task.id])).status, 'FINISHED')
  const { stdout } = await sluice(['exports', 'files', task.id])
  assert.match(stdout, /^objectKey +status +rows +bytes +attempts +deliveredAt$/m)
  assert.match(stdout, /it's \$\(date\)\/day\/2026-01-31-01-00\.parquet +DELIVERED +0 +\d+ /)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what must not be there
  assert.doesNotMatch(stdout, /\u001b/)
})

test('a webhook hears of a finished export, says what it was sent, and is sent it again', async (t) => {
  const received: string[] = []
  const server = createServer((request, response) => {
    received.push(String(request.headers['webhook-id']))
    response.end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  const url = `http://127.0.0.1:${Object(server.address()).port}/`
  const made = await sluice(['webhooks', 'create', url, '--events', 'export.finished', '--json'])
  assert.equal(made.code, 0, made.stderr)
  const { id, secret } = JSON.parse(made.stdout)
  assert.match(secret, /^whsec_/)
  assert.match(made.stderr, /Keep the secret/)
  const outputs = await json(['outputs', 'list'])
  const isWatched = ({ bucketName }: { bucketName: string }) => bucketName === 'watched-bucket'
  const task = await json([
    ...['exports', 'create', '--output', outputs.find(isWatched).id, '--path', 'told'],
    ...['--license', dev.organizations[0].licenseKey, '--wait'],
    ...['--from', '2026-01-31T00:00:00Z', '--to', '2026-01-31T01:00:00Z'],
  ])
  const isOver = async () => {
    const [delivery] = await json(['webhooks', 'deliveries', id])
    return delivery?.status === 'DELIVERED' ? delivery : undefined
  }
  while (!(await isOver()));
  const delivery = await isOver()
  assert.equal(JSON.parse(delivery.payload).data.exportTaskId, task.id)
  const { stdout } = await sluice(['webhooks', 'deliveries', id])
  assert.match(stdout, new RegExp(`${delivery.id} +export\\.finished +DELIVERED +1 +200 `))
  await json(['webhooks', 'replay', id, delivery.id])
  while (received.length < 2) await new Promise((done) => setTimeout(done, 20))
  assert.deepEqual(received, [delivery.id, delivery.id])
  assert.notEqual((await json(['webhooks', 'rotate-secret', id])).secret, secret)
  assert.equal((await json(['webhooks', 'update', id, '--disable'])).enabled, false)
  assert.equal((await json(['webhooks', 'update', id, '--enable'])).enabled, true)
  assert.equal((await json(['webhooks', 'get', id])).url, url)
  assert.match((await sluice(['webhooks', 'list'])).stdout, new RegExp(id))
  const [, other] = dev.organizations
  const stranger = await sluice(['webhooks', 'get', id, '--organization', other.id])
  assert.deepEqual([stranger.code, stranger.stdout], [3, ''])
  const second = await json(['webhooks', 'create', url, '--events', 'export.failed'])
  await json(['webhooks', 'delete', second.id])
  assert.equal((await sluice(['webhooks', 'delete', second.id])).code, 3)
  const wrong = await sluice(['webhooks', 'create', url, '--events', 'export.begun'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /must be one of export\.finished, /)
})

/** The first file of an export task, as the customer reads it. */
async function readFirstFile(task: { id: string }, bucketName: string): Promise<Uint8Array> {
  const { region, ...credentials } = dev.organizations[0].aws
  const s3 = new S3Client({ endpoint: dev.awsEndpointUrl, region, credentials })
  const [{ objectKey: Key }] = await json(['exports', 'files', task.id])
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }))
  s3.destroy()
  return (await Body?.transformToByteArray()) ?? new Uint8Array()
}

const createSchedule = (outputId: string, licenseKey: string) => [
  ...['schedules', 'create', '--output', outputId, '--license', licenseKey, '--path'],
]

test('a schedule is created, paused, resumed, backfilled and deleted, and its hours are listed', async () => {
  const [{ licenseKey }] = dev.organizations
  const [output] = await json(['outputs', 'list'])
  const thisHour = () => new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString()
  const before = thisHour()
  const packed = ['--format', 'csv', '--compression', 'gzip', '--layout', 'hive']
  const create = [...createSchedule(output.id, licenseKey), 'scheduled', ...packed]
  const schedule = await json([...create, '--overwrite-latest'])
  const { startTime: hour, frequency, compression, layout } = schedule
  assert.deepEqual([frequency, compression, layout], ['HOURLY', 'GZIP', 'HIVE'])
  assert([before, thisHour()].includes(hour), hour)
  assert.equal(schedule.latest.objectKey.endsWith('scheduled/_sluice/latest.json'), true)
  assert.equal((await json(['schedules', 'pause', schedule.id])).status, 'PAUSED')
  const from = new Date(Date.parse(hour) - 2 * 3_600_000).toISOString()
  const backfill = await json(['schedules', 'backfill', schedule.id, '--from', from])
  assert.deepEqual(backfill, { startTime: from, endTime: hour, hours: 2 })
  const hours = await json(['schedules', 'hours', schedule.id])
  assert.deepEqual(
    hours
      .filter(({ startTime }: { startTime: string }) => startTime < hour)
      .map(({ status }: { status: string }) => status),
    ['WAITING', 'WAITING'],
  )
  assert.equal((await json(['schedules', 'resume', schedule.id])).status, 'ACTIVE')
  assert.equal((await json(['schedules', 'get', schedule.id])).status, 'ACTIVE')
  const wrong = await sluice([...create, '--compression', 'snappy'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /compression.*NONE, GZIP, ZSTD for CSV/)
  assert.equal((await sluice(['schedules', 'delete', schedule.id])).code, 0)
  assert.equal((await sluice(['schedules', 'get', schedule.id])).code, 3)
  const known = (await json(['schedules', 'list'])).map(({ id }: { id: string }) => id)
  assert.equal(known.includes(schedule.id), false)
})

test('hours and rows are shown before and after they are exported', async () => {
  const [task] = await json(['exports', 'list', '--state', 'FINISHED'])
  const window = ['--from', task.startTime, '--to', task.endTime]
  const { outputId } = task.output
  const hours = await json(['outputs', 'hours', outputId, ...window])
  assert(hours.some(({ exportTaskIds }: typeof task) => exportTaskIds.includes(task.id)))
  const licenses = await json(['licenses', 'list'])
  const { id } = licenses.find(({ licenseKey }: typeof task) => licenseKey === task.licenseKey)
  const counted = await json(['licenses', 'hours', id, ...window])
  assert.equal(counted.length, hours.length)
  const [row] = await json(['licenses', 'samples', id, '--columns', 'time', '--limit', '1'])
  assert.deepEqual(Object.keys(row), ['time'])
  const planned = await json([
    ...['exports', 'create', '--output', outputId, '--license', task.licenseKey, ...window],
    ...['--path', 'estimated', '--estimate'],
  ])
  const rowsOf = (each: { samples: number }[]) =>
    each.reduce((sum, { samples }) => sum + samples, 0)
  assert.equal(planned.rows, rowsOf(counted))
})

test('every example in the help works as it is pasted', async () => {
  const [{ id: organizationId, licenseKey, aws }] = dev.organizations
  const isDelivered = (task: Record<string, unknown>) =>
    task.status === 'FINISHED' && task.fileFormat === 'PARQUET'
  const task = (await json(['exports', 'list'])).find(isDelivered)
  const output = await json(['outputs', 'get', task.output.outputId])
  const made: Record<string, string> = {
    organizations: organizationId,
    'api-keys': (await json(['api-keys', 'create', 'to be revoked'])).id,
    licenses: (await json(['licenses', 'list']))[0].id,
    outputs: output.id,
    exports: task.id,
    webhooks: (await json(['webhooks', 'list']))[0].id,
    schedules: (await json([...createSchedule(output.id, licenseKey), 'pasted'])).id,
  }
  const [{ id: deliveryId }] = await json(['webhooks', 'deliveries', made.webhooks ?? ''])
  const today = new Date().toISOString().slice(0, 10)
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  const row = { time: `${yesterday}T01:00:00Z`, impression_id: 'pasted', sequence_number: 0 }
  const csv = `${Object.keys(row)}\n${Object.values(row)}\n`
  const place = await mkdtemp(join(directory, 'pasted-'))
  await writeFile(join(place, 'january.ndjson'), JSON.stringify(row))
  await writeFile(join(place, 'february.csv.gz'), gzipSync(csv))
  await writeFile(join(place, 'day.csv'), csv)
  await writeFile(join(place, 'day.parquet'), await readFirstFile(task, output.bucketName))
  const { trustPolicy, permissionsPolicy } = await json(['outputs', 'setup', output.id])
  for (const [name, policy] of [
    ['trust', trustPolicy],
    ['write', permissionsPolicy],
    ['key', permissionsPolicy],
  ])
    await writeFile(join(place, `${name}.json`), JSON.stringify(policy))
  await writeFile(
    join(place, 'sluice'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'cli', 'main.ts')}" "$@"\n`,
    { mode: 0o755 },
  )
  const account = await openAccount(aws)
  const env = {
    ...account,
    PATH: `${place}:${account.PATH}`,
    SLUICE_DATA_DIR: join(directory, 'world'),
    XDG_STATE_HOME: join(directory, 'state'),
  }
  // What deletes the one thing that the rest shows comes last. The others have tests of their own.
  const isLast = (leaf: string) => leaf.endsWith(' delete')
  const elsewhere =
    /^(serve|worker|completion|operator .*|outputs rotation .*|exports (cancel|retry))$/
  const tried = leaves.filter((leaf) => !elsewhere.test(leaf) && !licenseLeaves.includes(leaf))
  for (const leaf of tried.toSorted((a, b) => Number(isLast(a)) - Number(isLast(b))))
    for (const example of examplesOf(leaf)) {
      const { externalId } = example.includes('<externalId>')
        ? await json(['external-ids', 'create'])
        : {}
      const line = example
        .replace('--output <id>', `--output ${output.id}`)
        .replace('<id>', made[leaf.split(' ')[0] ?? ''] ?? '')
        .replace('<deliveryId>', deliveryId)
        .replace('<key>', licenseKey)
        .replace('<organization id>', organizationId)
        .replace('<externalId>', externalId)
        .replaceAll('2026-01-31', yesterday)
        .replaceAll('2026-02-01', today)
      const { code, stderr } = await new Promise<Ended>((done) => {
        const options = { cwd: place, env }
        execFile('bash', ['-c', line], options, (error, stdout, stderr) =>
          done({ code: Number(error?.code ?? 0), stdout, stderr }),
        )
      })
      assert.equal(code, 0, `${line}\n${stderr}`)
    }
})

test('a task is cancelled, retried and cancelled again, and its log says so', async () => {
  const [{ licenseKey }] = dev.organizations
  const [{ id: output }] = await json(['outputs', 'list'])
  const soon = new Date(Date.now() + 50_000).toISOString() // so the task waits until we are done with it
  const { id } = await json([
    ...['exports', 'create', '--output', output, '--license', licenseKey, '--path', 'cancelled'],
    ...['--from', new Date(Date.now() - 3_600_000).toISOString(), '--to', soon],
  ])
  assert.equal((await json(['exports', 'cancel', id])).state, 'CANCELLED')
  const watched = await sluice(['exports', 'watch', id])
  assert.equal(watched.code, 4)
  assert(watched.stderr.includes(`npx sluice exports retry ${id}`))
  assert.equal((await json(['exports', 'retry', id])).state, 'QUEUED')
  assert.equal((await sluice(['exports', 'retry', id])).code, 2)
  await json(['exports', 'cancel', id])
  const log = await json(['exports', 'log', id])
  assert.deepEqual(
    log.map(({ event }: { event: string }) => event),
    ['CANCEL_REQUESTED', 'CANCELLED', 'RETRIED', 'CANCEL_REQUESTED', 'CANCELLED'],
  )
})

test('doctor ends with 6 when an export would fail, says which statement decides, and with 0 when all is right', async () => {
  const [{ aws }] = dev.organizations
  const roleArn = `arn:aws:iam::${aws.accountId}:role/looked-at`
  const create = ['outputs', 'create', '--bucket', 'looked-at', '--path-prefix', 'sluice']
  const output = await json([...create, '--role-arn', roleArn])
  const place = (name: string) => join(directory, name)
  const trust = (Condition: object) => ({
    Version: '2012-10-17',
    Statement: {
      Sid: 'Sluice',
      Effect: 'Allow',
      Principal: { AWS: dev.servicePrincipalArn },
      Action: 'sts:AssumeRole',
      Condition,
    },
  })
  const permissions = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::looked-at/*' }],
  }
  const loose = trust({ StringLike: { 'sts:ExternalId': '*' } })
  await writeFile(
    place('trust.json'),
    JSON.stringify({ Role: { AssumeRolePolicyDocument: loose } }),
  )
  await writeFile(place('write.json'), JSON.stringify(permissions))
  const doctor = ['doctor', '--output', output.id, '--permissions', 'write.json', '--trust']
  const failed = await sluice([...doctor, 'trust.json'])
  assert.equal(failed.code, 6, failed.stderr)
  assert.match(failed.stdout, /^FAILED {2}An export would fail\.$/m)
  assert.match(failed.stdout, /Statement 1 \(Sluice\) of the trust policy allows it\./)
  assert.match(failed.stdout, /^ERROR {2}trust\.json, statement 1 \(Sluice\)$/m)
  assert(failed.stdout.includes(`"${output.externalId}"`))
  const right = JSON.stringify(trust({ StringEquals: { 'sts:ExternalId': output.externalId } }))
  const passed = await sluice([...doctor, '-', '--json'], {}, right)
  assert.equal(passed.code, 0, passed.stderr)
  assert.equal(JSON.parse(passed.stdout).verdict, 'PASSED')
  const broken = await sluice([...doctor, '-'], {}, '{ "Version": ')
  assert.equal(broken.code, 6)
  assert.match(broken.stdout, /^ERROR {2}-\n {4}Syntax errors in policy\./m)
  assert.equal((await sluice(['doctor', '--output', output.id])).code, 2)
  const absent = await sluice([...doctor, 'nowhere.json'])
  assert.deepEqual([absent.code, /nowhere\.json/.test(absent.stderr)], [2, true])
})

test('the external id comes first, then the role with it, then the output', async () => {
  const create = ['external-ids', 'create', '--name', 'nightly', '--json']
  const { stdout, stderr } = await sluice(create)
  const { externalId } = JSON.parse(stdout)
  assert.deepEqual(externalIdsIn(stderr), [externalId])
  assert(stderr.includes(dev.servicePrincipalArn))
  const [{ aws }] = dev.organizations
  const roleArn = `arn:aws:iam::${aws.accountId}:role/first`
  const output = ['outputs', 'create', '--bucket', 'first-bucket', '--role-arn', roleArn]
  const { id } = await json([...output, '--external-id', externalId])
  assert.equal((await json(['external-ids', 'get', externalId])).outputId, id)
  const again = await sluice([...output, '--external-id', externalId])
  assert.equal(again.code, 2)
  const unused = await json(['external-ids', 'create'])
  const listed = await sluice(['external-ids', 'list'])
  assert.match(listed.stdout, new RegExp(`${externalId} +nightly +${id} `))
  await json(['external-ids', 'delete', unused.externalId])
  assert.equal((await sluice(['external-ids', 'delete', unused.externalId])).code, 3)
  const inUse = await sluice(['external-ids', 'delete', externalId])
  assert.equal(inUse.code, 2)
})

test('an external id is rotated by what each command says next, and the role decides', async () => {
  const [{ aws }] = dev.organizations
  const made = { bucketName: 'rotated-bucket', roleName: 'rotated' }
  const { id, externalId } = await json([
    ...['outputs', 'create', '--bucket', made.bucketName, '--region', 'US_EAST_1', '--role-arn'],
    `arn:aws:iam::${aws.accountId}:role/${made.roleName}`,
  ])
  await prepareAccount(aws, id)
  const beside = await json([
    ...['outputs', 'create', '--bucket', made.bucketName, '--role-arn'],
    `arn:aws:iam::${aws.accountId}:role/${made.roleName}`,
  ])
  const rotation = (verb: string) => sluice(['outputs', 'rotation', verb, id])
  assert.equal((await rotation('get')).code, 3)
  await rotation('start')
  const cancelled = await rotation('cancel')
  assert.match(cancelled.stdout, /^step +CANCELLED$/m)
  const started = await rotation('start')
  assert.match(started.stdout, /^step +NEXT_ISSUED$/m)
  await pasteTrust(aws, made.roleName, started.stderr)
  const both = await rotation('promote')
  assert.deepEqual([both.code, /^step +PROMOTED$/m.test(both.stdout)], [0, true], both.stderr)
  const early = await rotation('retire')
  assert.equal(early.code, 2)
  assert.match(
    early.stderr,
    /still opens with the external id \S+\. Take \S+ out of the role’s trust policy/,
  )
  // Another output that names the same role keeps its id there.
  for (const { stderr } of [started, both]) assert(stderr.includes(beside.externalId))
  await pasteTrust(aws, made.roleName, both.stderr)
  const retired = await rotation('retire')
  assert.deepEqual(
    [retired.code, /^step +RETIRED$/m.test(retired.stdout)],
    [0, true],
    retired.stderr,
  )
  assert(retired.stderr.includes(`${externalId} is retired`))
  assert.equal((await rotation('get')).stdout, retired.stdout)
})

/** Those that the trust policy demands which a command has printed. */
function externalIdsIn(text: string): string[] {
  const policy = JSON.parse(/^\{$.*?^\}$/ms.exec(text)?.[0] ?? '')
  return policy.Statement[0].Condition.StringEquals['sts:ExternalId']
}

/** The trust policy that a command has printed, saved on the role. */
async function pasteTrust(aws: AwsKeys, roleName: string, text: string): Promise<void> {
  const PolicyDocument = /^\{$.*?^\}$/ms.exec(text)?.[0]
  const { region, ...credentials } = aws
  const iam = new IAMClient({ endpoint: dev.awsEndpointUrl, region, credentials })
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }))
  iam.destroy()
}

const openTrust = `{
  "Version": "2012-10-17",
  "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "*" } }]
}`

test('verify ends with 6 and what to change, and with 0 once it was changed', async () => {
  const [{ aws }, other] = dev.organizations
  const roleArn = `arn:aws:iam::${aws.accountId}:role/verified`
  const create = ['outputs', 'create', '--bucket', 'verified-bucket', '--role-arn', roleArn]
  const { id, externalId } = await json(create)
  const never = await sluice(['outputs', 'verify', id, '--last'])
  assert.deepEqual([never.code, never.stdout], [3, ''])
  await prepareAccount(aws, id)
  await pasteTrust(aws, 'verified', openTrust)
  const open = await sluice(['outputs', 'verify', id])
  assert.equal(open.code, 6)
  for (const text of [
    /^PASSED +ROLE /m,
    /^FAILED +EXTERNAL_ID /m,
    /^SKIPPED +WRITE$/m,
    /certain: .*\(NO_EXTERNAL_ID_CONDITION\)/,
    new RegExp(`aws iam update-assume-role-policy --role-name verified .*${externalId}`),
    /^FAILED: nothing is written/m,
  ])
    assert.match(open.stdout, text)
  await prepareAccount(aws, id)
  const right = await sluice(['outputs', 'verify', id, '--whole-object'])
  assert.equal(right.code, 0, right.stdout)
  assert.match(right.stdout, /The role may not remove the object sluice-verification-/)
  const last = await json(['outputs', 'verify', id, '--last'])
  assert.equal(last.verdict, 'PASSED')
  assert.deepEqual(
    last.role.turns.map(({ verdict }: { verdict: string }) => verdict),
    ['PASSED', 'FAILED'],
  )
  const stranger = await sluice(['outputs', 'verify', id, '--organization', other.id])
  assert.deepEqual([stranger.code, stranger.stdout], [3, ''])
})

test('whom customers trust, and what makes a role, is told in words, as JSON and as documents', async () => {
  const [{ aws }] = dev.organizations
  const principal = await json(['principal'])
  assert.equal(principal.arn, dev.servicePrincipalArn)
  const roleArn = `arn:aws:iam::${aws.accountId}:role/told`
  const create = ['outputs', 'create', '--bucket', 'told-bucket', '--role-arn', roleArn]
  const { id, externalId } = await json(create)
  const { stdout } = await sluice(['outputs', 'setup', id])
  for (const text of ['The whole bucket told-bucket', externalId, roleArn, '--format terraform'])
    assert(stdout.includes(text), text)
  const setup = await json(['outputs', 'setup', id, '--principal', 'arn'])
  assert.equal(setup.trustPolicy.Statement[0].Principal.AWS[0], dev.servicePrincipalArn)
  const trust = await sluice(['outputs', 'setup', id, '--format', 'trust-policy'])
  assert.equal(
    JSON.parse(trust.stdout).Statement[0].Principal.AWS[0],
    principal.forms[0].principal.AWS[0],
  )
  const needless = await sluice(['outputs', 'setup', id, '--format', 'bucket-policy'])
  assert.deepEqual([needless.code, needless.stdout], [2, ''])
  assert.match(needless.stderr, /needs no bucket-policy\. It has: trust-policy, /)
  const [, other] = dev.organizations
  const stranger = await sluice(['outputs', 'setup', id, '--organization', other.id])
  assert.deepEqual([stranger.code, stranger.stdout], [3, ''])
})

test('organizations are the operator’s to make', async () => {
  const { operatorApiKey } = JSON.parse(
    await readFile(join(directory, 'world', 'world.json'), 'utf8'),
  )
  const env = { SLUICE_API_URL: dev.apiUrl, SLUICE_API_KEY: operatorApiKey }
  const made = await sluice(['organizations', 'create', 'Cumulus', '--json'], env)
  const { id } = JSON.parse(made.stdout)
  const listed = await sluice(['organizations', 'list'], env)
  assert.match(listed.stdout, new RegExp(`${id} +Cumulus`))
  assert.match((await sluice(['organizations', 'get', id], env)).stdout, /name +Cumulus/)
  const keys = await sluice(['--organization', id, 'api-keys', 'list', '--json'], env)
  assert.deepEqual(JSON.parse(keys.stdout), [])
  const stranger = await sluice(['organizations', 'get', id])
  assert.equal(stranger.code, 3)
})

test('what all organizations do together is the operator’s to see', async () => {
  const { operatorApiKey } = JSON.parse(
    await readFile(join(directory, 'world', 'world.json'), 'utf8'),
  )
  const env = { SLUICE_API_URL: dev.apiUrl, SLUICE_API_KEY: operatorApiKey }
  const { code } = await sluice(['operator', 'queue'])
  assert.equal(code, 3)
  const { stdout } = await sluice(['operator', 'workers', '--json'], env)
  assert(JSON.parse(stdout).some(({ isAlive }: { isAlive: boolean }) => isAlive))
  for (const verb of ['queue', 'failing-outputs'])
    assert.equal((await sluice(['operator', verb], env)).code, 0, verb)
})

test('every command was run here, and the README tells of each', async () => {
  const [license] = await json(['licenses', 'list'])
  assert.equal((await json(['licenses', 'get', license.id])).licenseKey, license.licenseKey)
  await json(['api-keys', 'list'])
  assert.deepEqual(
    leaves.filter((leaf) => !run.has(leaf) && !licenseLeaves.includes(leaf)),
    [],
  )
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  for (const leaf of leaves) {
    const verb = leaf.split(' ').at(-1) ?? leaf
    const group = leaf.slice(0, -verb.length).trim() || leaf
    const lines = readme.split('\n').filter((each) => each.startsWith(`| \`${group}`))
    assert(
      lines.some((each) => each.includes(verb)),
      `README.md lacks ${leaf}`,
    )
  }
})

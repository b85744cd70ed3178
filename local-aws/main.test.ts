import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

// The command as it is typed, and its profiles as an SDK reads them.

const bin = join(import.meta.dirname, 'local-aws.js')
const accounts = ['111122223333', '444455556666']

async function newDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'local-aws-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

function refusal(...args: string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [bin, ...args], (error, _stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stderr }),
    )
  })
}

/** Answers the variables that it tells to export. */
async function start(t: TestContext, dataDirectory: string, port = '0') {
  const args = ['--data-dir', dataDirectory, '--port', port]
  for (const id of accounts) args.push('--account', id)
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  t.after(() => void child.kill('SIGTERM'))
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk
    if (text.includes('Ctrl+C')) break
  }
  const variables = Object.fromEntries(
    [...text.matchAll(/export (\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  )
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { variables, stop }
}

/** What an SDK takes from the profile alone: keys, region and endpoint. */
async function withProfile<Result>(
  variables: Record<string, string | undefined>,
  profile: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = { ...process.env }
  const { AWS_CONFIG_FILE = '' } = variables
  const nowhere = join(AWS_CONFIG_FILE, 'none')
  process.env = { ...before, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE: nowhere }
  process.env.AWS_PROFILE = profile
  try {
    return await work()
  } finally {
    process.env = before
  }
}

test('what is mistyped is refused with what to type instead', async () => {
  assert.match((await refusal('--port', '99999')).stderr, /--port must be a port/)
  assert.match((await refusal('--account', '42')).stderr, /twelve digits, not 42/)
  assert.match((await refusal('--region', 'Europe')).stderr, /such as us-east-1/)
  const { code, stderr } = await refusal('--prot', '0')
  assert.equal(code, 1)
  assert.match(stderr, /--prot[\s\S]*Usage: local-aws/)
})

test('each account is a profile, and a second start finds everything again', async (t) => {
  const directory = await newDirectory(t)
  const first = await start(t, directory)
  const { AWS_CONFIG_FILE: file = '', AWS_PROFILE } = first.variables
  assert.equal(AWS_PROFILE, 'local-111122223333')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  for (const id of accounts) {
    const identity = await withProfile(first.variables, `local-${id}`, () =>
      new STSClient({}).send(new GetCallerIdentityCommand({})),
    )
    assert.equal(identity.Arn, `arn:aws:iam::${id}:user/administrator`)
  }
  await withProfile(first.variables, 'local-444455556666', () =>
    new S3Client({}).send(new CreateBucketCommand({ Bucket: 'kept-bucket' })),
  )
  assert.equal(await first.stop(), 0)
  const { port } = new URL(first.variables.AWS_ENDPOINT_URL ?? '')
  const second = await start(t, directory, port)
  const buckets = (profile: string) =>
    withProfile(second.variables, profile, () => new S3Client({}).send(new ListBucketsCommand({})))
  const { Buckets = [] } = await buckets('local-444455556666')
  assert.deepEqual(
    Buckets.map(({ Name }) => Name),
    ['kept-bucket'],
  )
  assert.deepEqual((await buckets('local-111122223333')).Buckets ?? [], [])
  await second.stop()
})

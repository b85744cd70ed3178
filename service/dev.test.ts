import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { COMPILED_QUICKLY } from '#testing'

const SERVICE = import.meta.dirname
const { PATH, NODE_COMPILE_CACHE } = process.env

function start(file: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [COMPILED_QUICKLY, join(SERVICE, file), ...args], {
    env: { PATH, NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdout?.resume()
  const [code] = await once(child, 'close')
  return { code, stderr }
}

describe('npm run dev', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-dev-'))
  const file = join(directory, 'dev.json')
  const args = ['--data-dir', directory, '--port', '0', '--aws-port', '0']
  let running: ChildProcess | undefined

  /** Started and ready: dev.json is written once everything answers. */
  async function startDev() {
    rmSync(file, { force: true })
    const watcher = watch(directory)
    running = start('dev.ts', args)
    const ended = endOf(running)
    const failed = ended.then(({ stderr }) => assert.fail(`it ended: ${stderr}`))
    while (!existsSync(file)) await Promise.race([once(watcher, 'change'), failed])
    watcher.close()
    failed.catch(() => {})
    return { world: JSON.parse(readFileSync(file, 'utf8')), ended, child: running }
  }

  after(async () => {
    running?.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })

  test('its help is told, and nothing is started', async () => {
    const child = start('dev.ts', ['--help'])
    const [text] = await once(child.stdout?.setEncoding('utf8') ?? child, 'data')
    assert.match(text, /Usage: npm run dev[\s\S]*--aws-port/)
    assert.equal((await endOf(child)).code, 0)
  })

  test('wrong arguments are a sentence', async () => {
    const { code, stderr } = await endOf(start('dev.ts', ['--port', '99999']))
    assert.equal(code, 1)
    assert.match(stderr, /--port must be a port from 0 to 65535, not "99999"/)
    const ahead = await endOf(start('dev.ts', ['--hours-ahead', '25']))
    assert.equal(ahead.code, 1)
    assert.match(ahead.stderr, /--hours-ahead must be a number of hours from 0 to 24, not "25"/)
  })

  test('it is the same world after kill -9, and a signal ends it with nothing left', async () => {
    const first = await startDev()
    assert.deepEqual(Object.keys(first.world), [
      'serviceUrl',
      'apiUrl',
      'awsEndpointUrl',
      'servicePrincipalArn',
      'organizations',
    ])
    assert.equal(first.world.organizations.length, 2)
    const [{ aws, ...organization }] = first.world.organizations
    assert.deepEqual(Object.keys(organization), ['id', 'name', 'apiKey', 'licenseKey'])
    assert.deepEqual(Object.keys(aws).sort(), [
      'accessKeyId',
      'accountId',
      'region',
      'secretAccessKey',
    ])

    const twin = await endOf(start('dev.ts', args))
    assert.equal(twin.code, 1)
    assert.match(twin.stderr, /is in use by process \d+/)

    first.child.kill('SIGKILL')
    await first.ended

    const second = await startDev()
    assert.deepEqual(second.world.organizations, first.world.organizations)
    const response = await fetch(`${second.world.apiUrl}/analytics/licenses`, {
      headers: { 'X-Api-Key': organization.apiKey },
    })
    assert.equal(response.status, 200)
    second.child.kill('SIGTERM')
    assert.equal((await second.ended).code, 0)
    assert.equal(existsSync(file), false)
  })
})

test('npm start with a wrong environment says all of it and exits 2', async () => {
  const child = start('main.ts', [], { SLUICE_PORT: 'x', SLUICE_LOG_LEVEL: 'loud' })
  const { code, stderr } = await endOf(child)
  assert.equal(code, 2)
  for (const name of ['SLUICE_PORT', 'SLUICE_PRINCIPAL_ARN', 'SLUICE_LOG_LEVEL'])
    assert.match(stderr, new RegExp(name))
  assert.doesNotMatch(stderr, /at .*\.ts/)
})

test('npm start without a reachable AWS lives, and says why it is not ready', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-start-'))
  const child = start('main.ts', [], {
    SLUICE_PORT: '0',
    SLUICE_DATA_DIR: directory,
    SLUICE_PRINCIPAL_ARN: 'arn:aws:iam::123456789012:user/sluice',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'not-a-key',
  })
  try {
    const ended = endOf(child)
    const url = await listeningUrl(child)
    assert.equal((await fetch(`${url}/healthz`)).status, 200)
    const response = await fetch(`${url}/readyz`)
    assert.equal(response.status, 503)
    assert.match(await response.text(), /AWS has not said who this service is/)
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
  } finally {
    child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
})

async function listeningUrl(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stderr ?? []) {
    text += chunk
    const url = /listening on (http:\S+);/.exec(text)?.[1]
    if (url !== undefined) return url
  }
  return assert.fail(`it ended: ${text}`)
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { COMPILED_QUICKLY } from './compiled-quickly.ts'
import { layEmbeddedDatabase } from './made-database.ts'

/** The service as a process of its own, which may be killed and started again on what it left. */
interface ServiceProcess extends AsyncDisposable {
  readonly url: string
  /** Of the process that was started last. */
  pid(): number
  start(): Promise<void>
  /** As a power cut would: nothing of it runs any longer. */
  kill(): Promise<void>
  /** Of an organization of its own. Answers the key that players send. */
  createLicense(): Promise<string>
}

const OPERATOR_KEY = 'operator_key_of_a_service_process_of_tests'
/** A machine that runs other tests besides is slow. */
const START_MS_MAX = 120_000
const POLL_MS = 50

/** AWS is nowhere: no bucket is opened. */
export async function openServiceProcess(options: {
  dataDirectory: string
  env: Record<string, string>
}): Promise<ServiceProcess> {
  if (options.env.SLUICE_DATABASE_URL === undefined)
    await layEmbeddedDatabase(options.dataDirectory)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = {
    PATH,
    NODE_COMPILE_CACHE,
    SLUICE_LOG_LEVEL: 'silent',
    SLUICE_PORT: String(port),
    SLUICE_DATA_DIR: options.dataDirectory,
    SLUICE_BOOTSTRAP_API_KEY: OPERATOR_KEY,
    SLUICE_PRINCIPAL_ARN: 'arn:aws:iam::123456789012:user/sluice',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nobody',
    ...options.env,
  }
  const main = join(import.meta.dirname, '../main.ts')
  let child: ChildProcess | undefined
  const start = async () => {
    child = spawn(process.execPath, [COMPILED_QUICKLY, main], { env, stdio: 'ignore' })
    const deadlineMs = performance.now() + START_MS_MAX
    while (!(await isAlive(url))) {
      if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}.`)
      if (performance.now() > deadlineMs) throw new Error('The service has not started in time.')
      await delay(POLL_MS)
    }
  }
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  return {
    url,
    pid: () => child?.pid ?? 0,
    start,
    kill,
    createLicense: () => createLicense(url),
    [Symbol.asyncDispose]: kill,
  }
}

function isAlive(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    async (answer) => {
      await answer.body?.cancel()
      return answer.ok
    },
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = Object(server.address())
  server.close()
  return port
}

async function createLicense(url: string): Promise<string> {
  const post = async (path: string, body: object, organizationId?: string) => {
    const answer = await fetch(`${url}/v1${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': OPERATOR_KEY,
        ...(organizationId && { 'x-tenant-org-id': organizationId }),
      },
      body: JSON.stringify(body),
    })
    return Object(await answer.json()).data.result
  }
  const { id } = await post('/account/organizations', { name: 'Aurora' })
  const license = await post('/analytics/licenses', { name: 'web', timeZone: 'UTC' }, id)
  return license.licenseKey
}

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A running Sluice with two customers, seen from outside: what `npm run dev` writes into dev.json. */
export interface Sluice extends AsyncDisposable {
  readonly serviceUrl: string
  readonly apiUrl: string
  readonly awsEndpointUrl: string
  readonly servicePrincipalArn: string
  readonly organizations: readonly [Organization, Organization]
  /** By whom they sign in. Only the terminal has them, so of one that was started elsewhere there are none. */
  readonly signInLinks: Readonly<Record<string, string>>
}

export interface Organization {
  id: string
  name: string
  apiKey: string
  licenseKey: string
  aws: { accountId: string; accessKeyId: string; secretAccessKey: string; region: string }
}

const root = join(import.meta.dirname, '..')
const START_MS_MAX = 60_000
/** The embedded database, as `npm test` has it: nothing runs for so long here that more would pay. */
const COMPILED_QUICKLY = '--liftoff-only'

/** The one that SLUICE_DEV_FILE describes, or one of our own that goes with the tests. */
export async function findSluice(env: NodeJS.ProcessEnv): Promise<Sluice> {
  const file = env.SLUICE_DEV_FILE
  if (file === undefined) return startSluice({ env })
  const world = JSON.parse(await readFile(file, 'utf8'))
  return { ...world, signInLinks: {}, [Symbol.asyncDispose]: async () => {} }
}

/** One of our own, on a directory that is kept; absent: on one that goes with it. */
export async function startSluice(options: {
  env: NodeJS.ProcessEnv
  dataDirectory?: string
  hoursAhead?: number
}): Promise<Sluice> {
  const { env, dataDirectory, hoursAhead = 0 } = options
  const directory = dataDirectory ?? (await mkdtemp(join(tmpdir(), 'sluice-acceptance-')))
  const args = ['service/dev.ts', '--data-dir', directory, '--port', '0', '--aws-port', '0']
  args.push('--hours-ahead', String(hoursAhead))
  const child = spawn(process.execPath, [COMPILED_QUICKLY, ...args], {
    cwd: root,
    env: { ...env, SLUICE_LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const stop = async () => {
    const ended = new Promise((done) => child.once('exit', done))
    if (child.exitCode === null && child.kill('SIGTERM')) await ended
    if (dataDirectory === undefined) await rm(directory, { recursive: true, force: true })
  }
  const file = join(directory, 'dev.json')
  const deadline = performance.now() + START_MS_MAX
  while (!existsSync(file) || !printed.includes('Ctrl+C')) {
    if (performance.now() > deadline || child.exitCode !== null) {
      await stop()
      assert.fail('npm run dev has not started')
    }
    await new Promise((done) => setTimeout(done, 100))
  }
  const world = JSON.parse(await readFile(file, 'utf8'))
  return { ...world, signInLinks: readSignInLinks(printed), [Symbol.asyncDispose]: stop }
}

function readSignInLinks(printed: string): Record<string, string> {
  const links = printed.matchAll(/^ {2}(\S.*?) +(http\S+\/sign-in#\S+)$/gm)
  return Object.fromEntries([...links].map(([, who, link]) => [who, link]))
}

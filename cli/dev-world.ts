import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isCall, leaves } from './typed-commands.ts'

/** For tests: the command as a user types it, against a dev world as a user starts it. */
export interface DevWorld extends AsyncDisposable {
  /** Temporary. The world is in `world` below it. */
  readonly directory: string
  /** What dev.json says. */
  // biome-ignore lint/suspicious/noExplicitAny: the file is looked at member by member
  readonly dev: any
  /** Every command that ended as it should, without its options: `exports create`. */
  readonly run: Set<string>
  sluice(args: string[], env?: Record<string, string>, input?: string | Buffer): Promise<Ended>
  /** With --json. Fails unless it ends well. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
  json(args: string[]): Promise<any>
}

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

export const root = join(import.meta.dirname, '..')
const START_MS_MAX = 60_000
/** The embedded database, as `npm test` has it: nothing runs for so long here that more would pay. */
const COMPILED_QUICKLY = '--liftoff-only'

export async function openDevWorld(): Promise<DevWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
  const place = join(directory, 'world')
  const args = ['service/dev.ts', '--data-dir', place, '--port', '0', '--aws-port', '0']
  const env = { ...process.env, SLUICE_LOG_LEVEL: 'silent' }
  const world = spawn(process.execPath, [COMPILED_QUICKLY, ...args], {
    cwd: root,
    env,
    stdio: 'ignore',
  })
  const file = join(place, 'dev.json')
  const deadline = performance.now() + START_MS_MAX
  while (!existsSync(file)) {
    assert(performance.now() < deadline && world.exitCode === null, 'npm run dev has not started')
    await new Promise((done) => setTimeout(done, 100))
  }
  const run = new Set<string>()
  const sluice: DevWorld['sluice'] = (args, env = {}, input = '') => {
    const { PATH, NODE_COMPILE_CACHE } = process.env
    const own = { SLUICE_DATA_DIR: place, XDG_STATE_HOME: join(directory, 'state') }
    return new Promise((done) => {
      const child = execFile(
        process.execPath,
        [join(root, 'cli', 'main.ts'), ...args],
        { env: { PATH, NODE_COMPILE_CACHE, ...own, ...env }, cwd: directory },
        (error, stdout, stderr) => {
          const code = Number(error?.code ?? 0)
          if (code === 0) for (const leaf of leaves) if (isCall(args, leaf)) run.add(leaf)
          done({ code, stdout, stderr })
        },
      )
      child.stdin?.end(input)
    })
  }
  return {
    directory,
    dev: JSON.parse(await readFile(file, 'utf8')),
    run,
    sluice,
    json: async (args) => {
      const { code, stdout, stderr } = await sluice([...args, '--json'])
      assert.equal(code, 0, stderr)
      return JSON.parse(stdout)
    },
    [Symbol.asyncDispose]: async () => {
      world.kill('SIGTERM')
      await new Promise((done) => world.once('exit', done))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

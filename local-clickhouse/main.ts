import { setPriority } from 'node:os'
import { lockDirectory } from './directory-lock.ts'
import { openEngine } from './engine.ts'
import type { ServerAnswer, ServerOrder, ServerStart } from './local-clickhouse.ts'
import { listen, type Server } from './server.ts'

// The child of startLocalClickhouse. It ends with its parent, even when that is killed: the channel
// between them then closes. A running query would hold process.exit back, so the end is a SIGKILL;
// nothing acknowledged is lost by it.

const STOP_MS_MAX = 3_000

// It shares a machine with its parent, which answers requests: where both want a core, that one comes first.
setPriority(10)

const end = () => process.kill(process.pid, 'SIGKILL')

// Ctrl+C reaches the whole process group. The parent decides when its store goes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('disconnect', end)
if (!process.connected) end()

let stop = end

async function start(order: ServerStart): Promise<Server> {
  lockDirectory(order.dataDirectory)
  const engine = await openEngine({
    directory: order.dataDirectory,
    onStuck(queryId) {
      console.error(`query ${queryId} does not end although it was killed: starting again`)
      end()
    },
  })
  const server = await listen(engine, order)
  stop = () => {
    setTimeout(end, STOP_MS_MAX)
    server.finish().then(() => {
      engine.close()
      end()
    }, end)
    return true
  }
  return server
}

process.on('message', (order: ServerOrder) => {
  if (order === 'stop') return void stop()
  const tell = (answer: ServerAnswer) => process.send?.(answer)
  start(order).then(
    (server) => tell({ port: server.port }),
    (error) => tell({ failed: error instanceof Error ? error.message : String(error) }),
  )
})

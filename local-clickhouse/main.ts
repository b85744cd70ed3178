import { join } from 'node:path'
import { openEngine } from './engine.ts'
import type { ServerAnswer, ServerStart } from './local-clickhouse.ts'
import { listen } from './server.ts'

// The child of startLocalClickhouse. It ends with its parent, even when that is killed: the channel
// between them then closes. A running query would hold process.exit back, so the end is a SIGKILL;
// nothing acknowledged is lost by it.

const end = () => process.kill(process.pid, 'SIGKILL')

function tell(answer: ServerAnswer): void {
  process.send?.(answer)
}

process.once('disconnect', end)

process.once('message', async (start: ServerStart) => {
  try {
    const engine = await openEngine({
      storeDirectory: join(start.dataDirectory, 'store'),
      bodiesDirectory: join(start.dataDirectory, 'bodies'),
    })
    const server = await listen(engine, start)
    process.once('SIGTERM', () => {
      server.close()
      server.closeAllConnections()
      engine.close()
      end()
    })
    tell({ port: server.port })
  } catch (error) {
    tell({ failed: error instanceof Error ? error.message : String(error) })
  }
})

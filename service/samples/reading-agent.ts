import { Agent, type ClientRequestArgs } from 'node:http'
import { connect, type NetConnectOpts, type Socket } from 'node:net'

const BUFFER_BYTES = 256 * 1024
const lent = new WeakSet<ArrayBufferLike>()

/**
 * Connections that read gigabytes into one buffer each. By default Node makes a new buffer of 64 KiB for every read, out of which
 * its parser copies the body (`on_body` in https://github.com/nodejs/node/blob/v24.x/src/node_http_parser.cc):
 * half of what an answer costs, and every other collection of garbage. `isLent` tells if a Node does not copy.
 */
export function createReadingAgent(options: { maxSockets: number }): Agent {
  const agent = new Agent({ ...options, keepAlive: true })
  agent.createConnection = (args: ClientRequestArgs): Socket => {
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
    lent.add(buffer.buffer)
    const callback = (bytes: number): boolean => socket.emit('data', buffer.subarray(0, bytes))
    const socket: Socket = connect({ ...(args as NetConnectOpts), onread: { buffer, callback } })
    return socket
  }
  return agent
}

/** Whether the bytes lie where the next ones will. */
export function isLent(bytes: Uint8Array): boolean {
  return lent.has(bytes.buffer)
}

/**
 * Players that send samples as fast as they are answered, over plain sockets: little work besides that of
 * the service. A process of its own; told what to do by a message, it answers with one.
 */
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { sampleOf } from './made-sample.ts'

export interface Play {
  url: string
  licenseKey: string
  connections: number
  seconds: number
  /** Whose they are, in turns: a limit holds for each. Absent: the machine's own. */
  addresses?: readonly string[]
}

export interface Played {
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Answers that were not 204. */
  failed: number
}

const SEQUENCE_NUMBER_MAX = 1000
const ANSWER_END = '\r\n\r\n'

async function play({ url, licenseKey, connections, seconds, addresses }: Play): Promise<Played> {
  const latencies: number[] = []
  let failed = 0
  const { hostname, port, host } = new URL(url)
  const endMs = performance.now() + seconds * 1000
  const playOne = (_player: unknown, position: number) =>
    new Promise<void>((done, fail) => {
      const localAddress = addresses?.[position % addresses.length]
      const socket = connect({
        ...{ host: hostname, port: Number(port), noDelay: true },
        ...(localAddress !== undefined && { localAddress }),
      })
      let impressionId = randomUUID()
      let sequenceNumber = 0
      let sentMs = 0
      let answer = ''
      const send = () => {
        if (sequenceNumber > SEQUENCE_NUMBER_MAX) {
          impressionId = randomUUID()
          sequenceNumber = 0
        }
        const body = sampleOf(licenseKey, impressionId, sequenceNumber)
        sequenceNumber += 1
        sentMs = performance.now()
        socket.write(
          `POST /analytics HTTP/1.1\r\nHost: ${host}\r\nContent-Type: text/plain\r\n` +
            `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        )
      }
      socket
        .setEncoding('latin1')
        .once('connect', send)
        .once('error', fail)
        .once('close', () => done())
      socket.on('data', (text) => {
        answer += text
        if (!answer.includes(ANSWER_END)) return
        latencies.push(performance.now() - sentMs)
        // Any other answer may have a body, so that its socket is of no more use.
        const isTaken = answer.startsWith('HTTP/1.1 204')
        answer = ''
        if (!isTaken) failed += 1
        if (isTaken && performance.now() < endMs) send()
        else socket.destroy()
      })
    })
  await Promise.all(Array.from({ length: connections }).map(playOne))
  latencies.sort((a, b) => a - b)
  const at = (share: number) =>
    Number((latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1))
  return {
    perSecond: Math.round((latencies.length - failed) / seconds),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    failed,
  }
}

process.on('message', async (message) => {
  process.send?.(await play(message as Play))
})

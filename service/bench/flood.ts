/**
 * Whoever sends what no player sends, as fast as it is answered, until told to stop: the other half of the
 * soak. A process of its own; it answers with how often it was answered what.
 */
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { sampleOf } from './made-sample.ts'

export interface Flood {
  url: string
  licenseKey: string
  connections: number
  /** How many of them never end their body. */
  slow: number
  addresses: readonly string[]
}

/** How often each status came. */
export type Answered = Record<string, number>

const BODY_BYTES_MAX = 256 * 1024
const SLOW_BYTE_MS = 1000
const PAUSE_MS = 20

let isOver = false
let answered: Answered = {}

/** Each a request's headers and body. */
function badRequests({ licenseKey }: Flood): [headers: string, body: Buffer][] {
  const sample: Record<string, unknown> = JSON.parse(sampleOf(licenseKey, randomUUID(), 1))
  const wrong = Object.fromEntries(Object.keys(sample).map((name) => [name, { not: ['this'] }]))
  const unknown = Array.from({ length: 4000 }, (_, at) => [`unknown${at}`, 'x'.repeat(20)])
  const bodies = [
    '{"key":',
    'x'.repeat(BODY_BYTES_MAX - 1),
    'x'.repeat(BODY_BYTES_MAX + 1),
    '['.repeat(100_000),
    `{"a":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_001)}`,
    JSON.stringify({ ...wrong, key: licenseKey }),
    JSON.stringify({ ...sample, key: randomUUID() }),
    JSON.stringify({ ...sample, ...Object.fromEntries(unknown), impressionId: undefined }),
    '{"__proto__":{"key":"x"},"constructor":{"prototype":{}}}',
  ]
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  return [
    ...bodies.map((body): [string, Buffer] => ['', Buffer.from(body)]),
    ['Content-Encoding: gzip\r\n', bomb],
  ]
}

/** One connection after the other: most of what it sends ends the connection too. */
async function send(
  flood: Flood,
  requests: ReturnType<typeof badRequests>,
  position: number,
): Promise<void> {
  for (let turn = position; !isOver; turn += 1) {
    const [headers, body] = requests[turn % requests.length] ?? ['', Buffer.alloc(0)]
    const status = await ask(flood, position, (socket, host) => {
      socket.write(headersOf(host, body.length, headers))
      socket.write(body)
    })
    answered[status] = (answered[status] ?? 0) + 1
    await new Promise((done) => setTimeout(done, PAUSE_MS))
  }
}

/** A byte now and then of a body that was said to be long. */
async function dribble(flood: Flood, position: number): Promise<void> {
  while (!isOver) {
    const status = await ask(flood, position, (socket, host) => {
      socket.write(headersOf(host, BODY_BYTES_MAX, ''))
      const timer = setInterval(() => socket.write('{'), SLOW_BYTE_MS)
      socket.once('close', () => clearInterval(timer))
    })
    answered[`slow, ${status}`] = (answered[`slow, ${status}`] ?? 0) + 1
  }
}

function headersOf(host: string, bytes: number, more: string): string {
  return `POST /analytics HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${bytes}\r\n${more}\r\n`
}

/** The status of the answer, or that the connection was closed. */
function ask(
  { url, addresses }: Flood,
  position: number,
  write: (socket: ReturnType<typeof connect>, host: string) => void,
): Promise<string> {
  const { hostname, port, host } = new URL(url)
  const localAddress = addresses[position % addresses.length] ?? '127.0.0.1'
  return new Promise((done) => {
    const socket = connect({ host: hostname, port: Number(port), localAddress })
    const stop = setInterval(() => isOver && socket.destroy(), SLOW_BYTE_MS)
    let status = 'closed'
    socket.setEncoding('latin1').once('connect', () => write(socket, host))
    socket.once('data', (text) => {
      status = /^HTTP\/1\.1 (\d+)/.exec(String(text))?.[1] ?? 'unread'
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      clearInterval(stop)
      done(status)
    })
  })
}

process.on('message', async (message: Flood | 'stop') => {
  if (message === 'stop') {
    isOver = true
    return
  }
  const { connections, slow } = message
  const requests = badRequests(message)
  await Promise.all(
    Array.from({ length: connections }).map((_connection, position) =>
      position < slow ? dribble(message, position) : send(message, requests, position),
    ),
  )
  process.send?.(answered)
  answered = {}
  isOver = false
})

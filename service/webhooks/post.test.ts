import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Posted, post } from './post.ts'

/** What a receiver does once it has been written to. */
type Answering = (socket: Socket) => void

async function openReceiver(t: TestContext, answering: Answering) {
  const sockets = new Set<Socket>()
  const left = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', left.resolve))
    socket.once('data', () => answering(socket))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  const url = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
  return { url, left: left.promise }
}

const says =
  (...lines: string[]): Answering =>
  (socket) =>
    socket.write([...lines, '', ''].join('\r\n'))

/** `begin`, and then `more` as fast as it is taken. */
const saysForEver =
  (begin: string, more: string): Answering =>
  (socket) => {
    const on = () => {
      while (!socket.destroyed && socket.write(more));
    }
    socket.on('drain', on)
    socket.write(begin)
    on()
  }

/** `begin`, and then `more` now and then. */
const drips =
  (begin: string, more: string): Answering =>
  (socket) => {
    socket.write(begin)
    const timer = setInterval(() => socket.write(more), 5)
    socket.on('close', () => clearInterval(timer))
  }

const upgrading = ['connection: upgrade', 'upgrade: x']
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
const TIMEOUT_MS = 300

/** A code; or what the problem says. */
const receivers: [what: string, does: Answering, ends: number | RegExp][] = [
  ['says nothing', () => {}, /longer than 300 ms/],
  ['closes at once', (socket) => socket.end(), /not reached/],
  ['resets the connection', (socket) => socket.resetAndDestroy(), /not reached/],
  ['does not speak HTTP', says('220 mail.example ESMTP'), /not reached/],
  ['changes protocols', says('HTTP/1.1 101 Switching Protocols', ...upgrading), 101],
  ['says 101 and no more', says('HTTP/1.1 101 Switching Protocols'), 101],
  ['offers another protocol', says('HTTP/1.1 200 OK', 'content-length: 0', ...upgrading), 200],
  ['drips headers', drips('HTTP/1.1 200 OK\r\n', 'x: y\r\n'), /longer than 300 ms/],
  ['drips a body', drips(chunked, '1\r\nx\r\n'), /longer than 300 ms/],
  ['drips answers that are none yet', drips('', 'HTTP/1.1 102 Processing\r\n\r\n'), /longer than/],
  [
    'has endless headers',
    saysForEver('HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(1000)}\r\n`),
    /not re/,
  ],
  ['has an endless body', saysForEver(chunked, `400\r\n${'x'.repeat(1024)}\r\n`), 200],
  ['is cut off', (socket) => socket.end(`${chunked}400\r\nx`), /not reached/],
]

for (const [what, does, ends] of receivers)
  test(`an attempt ends, and its connection, though the receiver ${what}`, {
    timeout: 10_000,
  }, async (t) => {
    const { url, left } = await openReceiver(t, does)
    const posted = await send(url)
    if (typeof ends === 'number') assert.deepEqual(posted, { responseCode: ends })
    else assert.match(posted.problem ?? `${posted.responseCode}`, ends)
    await left
  })

function send(url: URL): Promise<Posted> {
  const { signal } = new AbortController()
  const sent = { headers: {}, body: '{}', signal, allowsPrivateAddresses: true }
  return post({ ...sent, url, timeoutMs: TIMEOUT_MS })
}

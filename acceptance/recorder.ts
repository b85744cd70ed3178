import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it passed, and its answer. */
export interface Exchange {
  method: string
  path: string
  contentType: string | undefined
  body: string
  origin: string | undefined
  status: number
  allowedOrigin: string | undefined
}

export interface Recorder extends AsyncDisposable {
  readonly url: string
  /** In the order of their answers. */
  readonly exchanges: readonly Exchange[]
  /** Whatever came has been answered. */
  isIdle(): boolean
  /** While it is so, nothing passes: 503. */
  isOut: boolean
}

/** Stands between a page and the service, changes nothing that it lets pass, and remembers everything. */
export async function startRecorder(serviceUrl: string): Promise<Recorder> {
  const exchanges: Exchange[] = []
  let waiting = 0
  const server = createServer((incoming, outgoing) => {
    waiting += 1
    pass(incoming, { outgoing, serviceUrl: recorder.isOut ? undefined : serviceUrl })
      .then(
        (exchange) => exchanges.push(exchange),
        () => outgoing.destroy(),
      )
      .finally(() => {
        waiting -= 1
      })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const recorder: Recorder = {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    isOut: false,
    isIdle: () => waiting === 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
  return recorder
}

async function pass(
  incoming: IncomingMessage,
  { outgoing, serviceUrl }: { outgoing: ServerResponse; serviceUrl: string | undefined },
): Promise<Exchange> {
  const { method = '', url = '', headers } = incoming
  const sent = Buffer.concat(await incoming.toArray())
  const answer = serviceUrl === undefined ? outage : await ask(incoming, { sent, serviceUrl })
  outgoing.writeHead(answer.status, answer.headers).end(answer.body)
  return {
    method,
    path: url,
    contentType: headers['content-type'],
    body: sent.toString(),
    origin: headers.origin,
    status: answer.status,
    allowedOrigin: answer.headers['access-control-allow-origin'],
  }
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

const outage: Answer = {
  status: 503,
  headers: { 'access-control-allow-origin': '*', 'retry-after': '1' },
  body: Buffer.of(),
}

async function ask(
  { method, url = '', headers }: IncomingMessage,
  { sent, serviceUrl }: { sent: Buffer; serviceUrl: string },
): Promise<Answer> {
  const forwarded = request(new URL(url, serviceUrl), { method, headers }).end(sent)
  const answer: IncomingMessage = (await once(forwarded, 'response'))[0]
  const body = Buffer.concat(await answer.toArray())
  return { status: answer.statusCode ?? 0, headers: answer.headers, body }
}

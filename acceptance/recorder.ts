import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
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
}

/** Stands between a page and the service, changes nothing, and remembers everything. */
export async function startRecorder(serviceUrl: string): Promise<Recorder> {
  const exchanges: Exchange[] = []
  let waiting = 0
  const server = createServer((incoming, outgoing) => {
    waiting += 1
    pass(incoming, { outgoing, serviceUrl })
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
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    isIdle: () => waiting === 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

async function pass(
  incoming: IncomingMessage,
  { outgoing, serviceUrl }: { outgoing: ServerResponse; serviceUrl: string },
): Promise<Exchange> {
  const { method = '', url = '', headers } = incoming
  const sent = Buffer.concat(await incoming.toArray())
  const forwarded = request(new URL(url, serviceUrl), { method, headers }).end(sent)
  const answer: IncomingMessage = (await once(forwarded, 'response'))[0]
  const received = Buffer.concat(await answer.toArray())
  const status = answer.statusCode ?? 0
  outgoing.writeHead(status, answer.headers).end(received)
  return {
    method,
    path: url,
    contentType: headers['content-type'],
    body: sent.toString(),
    origin: headers.origin,
    status,
    allowedOrigin: answer.headers['access-control-allow-origin'],
  }
}

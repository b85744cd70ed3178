import { addAbortListener } from 'node:events'
import { type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { AddressRefused, addressIn, isPublicAddress, lookupPublic } from './public-address.ts'

/** From the first look at the name to the end of the answer. */
const TIMEOUT_MS = 15_000
/** Of an answer so much is read, to be polite, and nothing of it is kept. */
const ANSWER_BYTES_MAX = 16 * 1024

/** How an attempt ended: the receiver's status, or why there is none. */
export type Posted =
  | { readonly responseCode: number; readonly problem?: undefined }
  | { readonly responseCode?: undefined; readonly problem: string }

interface Post {
  readonly url: URL
  readonly headers: Record<string, string>
  readonly body: string
  readonly signal: AbortSignal
  readonly timeoutMs?: number
  /** Any address, and http. */
  readonly allowsPrivateAddresses: boolean
  /** Instead of the system's, where only public addresses are allowed. */
  readonly nameServers?: readonly string[]
}

/** One request on a connection of its own; a redirect is an answer like any other. Throws the signal's reason only. */
export async function post(sent: Post): Promise<Posted> {
  const { url, allowsPrivateAddresses, timeoutMs = TIMEOUT_MS } = sent
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeoutMs)
  const signal = AbortSignal.any([sent.signal, late.signal])
  try {
    if (!allowsPrivateAddresses) refusePrivate(url)
    return { responseCode: await exchange(sent, signal) }
  } catch (error) {
    sent.signal.throwIfAborted()
    if (late.signal.aborted) return { problem: `The receiver took longer than ${timeoutMs} ms.` }
    return { problem: problemOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** A name is judged when it is resolved; an address is never resolved. */
function refusePrivate({ protocol, hostname }: URL): void {
  const address = addressIn(hostname)
  if (protocol !== 'https:') throw new AddressRefused()
  if (address !== undefined && !isPublicAddress(address)) throw new AddressRefused()
}

/** Ends with the signal, whatever Node makes of what the receiver does. */
async function exchange(sent: Post, signal: AbortSignal): Promise<number> {
  const { url, headers, body, allowsPrivateAddresses, nameServers } = sent
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'sluice-webhooks',
    },
    agent: false,
    signal,
    ...(!allowsPrivateAddresses && { lookup: lookupPublic({ signal, nameServers }) }),
  }
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  using _ended = addAbortListener(signal, () => reject(signal.reason))
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const request = send(url, options)
  const onUnanswered = () => reject(new Error('The connection was closed without an answer.'))
  request.on('close', onUnanswered)
  request.on('error', reject)
  request.on('response', (response) => {
    request.off('close', onUnanswered)
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength
      if (bytes > ANSWER_BYTES_MAX) response.destroy()
    })
    response.on('error', reject)
    response.on('close', () => resolve(response.statusCode ?? 0))
  })
  // Nobody asked for it, and unheard it is neither a response nor an error.
  request.on('upgrade', (response, socket) => {
    socket.destroy()
    resolve(response.statusCode ?? 0)
  })
  request.end(body)
  return await promise
}

/** In words of ours: what the network says may name what nobody outside shall know of. */
function problemOf(error: unknown): string {
  if (error instanceof AddressRefused) return error.message
  const { code } = Object(error)
  return `The receiver was not reached (${typeof code === 'string' ? code : 'connection failed'}).`
}

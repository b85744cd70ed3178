import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { HttpRequest } from '@smithy/core/protocols'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { startCrc64nvme } from '#crc64nvme'
import { serve, type Work } from '#thread'

// Carries files to S3: what the main thread has signed, with bodies that are read here, encrypted here.

export interface FileRange {
  readonly path: string
  readonly start: number
  readonly bytes: number
}

export type Task =
  | { kind: 'checksum'; range: FileRange }
  | { kind: 'send'; request: PlainRequest; body: FileRange | string | Uint8Array | undefined }

export type PlainRequest = Pick<
  HttpRequest,
  'method' | 'protocol' | 'hostname' | 'port' | 'path' | 'query' | 'headers'
>

export interface PlainResponse {
  statusCode: number
  reason: string | undefined
  headers: Record<string, string>
  /** S3's answers to what we ask are documents of some lines. */
  body: Uint8Array
}

const CONNECTION_TIMEOUT_MS = 5_000
/** Without a byte in either direction. */
const SOCKET_TIMEOUT_MS = 60_000
const SOCKETS_MAX = 32
const READ_BYTES = 256 * 1024

const handler = new NodeHttpHandler({
  connectionTimeout: CONNECTION_TIMEOUT_MS,
  socketTimeout: SOCKET_TIMEOUT_MS,
  httpAgent: { maxSockets: SOCKETS_MAX },
  httpsAgent: { maxSockets: SOCKETS_MAX },
})

const work: Work<Task> = (task, { signal }) =>
  task.kind === 'checksum' ? crc64nvmeOf(task.range) : send(task, signal)

async function send(
  { request, body }: Task & { kind: 'send' },
  abortSignal: AbortSignal,
): Promise<PlainResponse> {
  const isFile = typeof body === 'object' && 'path' in body
  const sent = isFile ? openRange(body) : body
  try {
    const { response } = await handler.handle(new HttpRequest({ ...request, body: sent }), {
      abortSignal,
    })
    const { statusCode, reason, headers } = response
    return { statusCode, reason, headers, body: await buffer(response.body) }
  } finally {
    if (sent instanceof Readable) sent.destroy()
  }
}

async function crc64nvmeOf(range: FileRange): Promise<string> {
  const crc64nvme = await startCrc64nvme()
  for await (const chunk of openRange(range)) crc64nvme.update(chunk)
  return crc64nvme.digest()
}

function openRange({ path, start, bytes }: FileRange): Readable {
  if (bytes === 0) return Readable.from([])
  return createReadStream(path, { start, end: start + bytes - 1, highWaterMark: READ_BYTES })
}

serve(work)

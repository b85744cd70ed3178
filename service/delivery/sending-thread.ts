import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { HttpRequest } from '@smithy/core/protocols'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { startCrc64nvme } from '#crc64nvme'
import { TransientError } from '#errors'
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

type PlainRequest = Pick<
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
  const sent = isFile ? new RangeBody(body) : body
  const whole = new HttpRequest({ ...request, body: sent })
  const { response } = await handler.handle(whole, { abortSignal }).catch((error: unknown) => {
    throw (sent instanceof RangeBody && sent.failure) || error // the handler's says that the request broke off
  })
  const { statusCode, reason, headers } = response
  return { statusCode, reason, headers, body: await buffer(response.body) }
}

async function crc64nvmeOf(range: FileRange): Promise<string> {
  const crc64nvme = await startCrc64nvme()
  for await (const piece of readRange(range)) crc64nvme.update(piece)
  return crc64nvme.digest()
}

/** A body that the handler pipes into its request. */
class RangeBody extends Readable {
  readonly #range: FileRange
  /** Why the file could not be read. */
  failure: TransientError | undefined
  constructor(range: FileRange) {
    super()
    this.#range = range
  }
  async *#pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield* readRange(this.#range)
    } catch (error) {
      if (error instanceof TransientError) this.failure = error
      throw error
    }
  }
  override pipe<Request extends NodeJS.WritableStream>(request: Request): Request {
    pipeline(this.#pieces(), request).catch(() => {}) // the handler hears it from its request
    return request
  }
}

/**
 * In pieces that share one buffer, so each is good until the next is asked for: new ones would set off a collection
 * every ten megabytes. A pipeline asks when the last one, being over its high-water mark, has gone.
 */
async function* readRange({ path, start, bytes }: FileRange): AsyncGenerator<Uint8Array> {
  await using file = await open(path).catch(throwDiskError)
  const buffer = Buffer.allocUnsafeSlow(Math.min(bytes, READ_BYTES))
  for (let at = start; at < start + bytes; ) {
    const wanted = Math.min(buffer.length, start + bytes - at)
    const { bytesRead } = await file.read(buffer, 0, wanted, at).catch(throwDiskError)
    if (bytesRead === 0) throwDiskError({ code: 'SHORT_FILE' })
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

function throwDiskError(error: unknown): never {
  const message = 'The spool could not read a file from the local disk.'
  throw new TransientError('SPOOL_FAILED', message, {
    details: { code: String(Object(error).code) },
  })
}

serve(work)

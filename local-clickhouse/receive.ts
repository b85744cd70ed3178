import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'
import { codes, ServerError } from './server-error.ts'
import { readStatement, type Statement } from './statement.ts'

const QUERY_BYTES_MAX = 64 * 1024 * 1024
const ROWS_BYTES_MAX = 16 * 1024 * 1024 * 1024

const decoders: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}

/** What one HTTP request asks for. */
export interface Received {
  statement: Statement
  /** The URL's parameters, and those of a form. */
  parameters: URLSearchParams
  /** The rows of an insert, in a file that the receiver removes. */
  rowsPath?: string
}

/**
 * Reads a request to its end. The statement is the parameter `query`, else the body; behind an
 * INSERT of the URL the body holds the rows, which go to a file as they come.
 */
export async function receive(
  request: IncomingMessage,
  url: URLSearchParams,
  spoolDirectory: string,
): Promise<Received> {
  const body = decode(request)
  const parameters = await withForm(request, body, url)
  const options = {
    parameters,
    defaultFormat:
      parameters.get('default_format') ?? request.headers['x-clickhouse-format']?.toString(),
  }
  const query = parameters.get('query')
  const rowsPath = join(spoolDirectory, `${randomUUID()}.in`)
  if (query !== null && body.readable) {
    const statement = readStatement(query, options)
    if (statement.kind === 'insert') {
      await spool(body, rowsPath, statement.rows ?? '')
      return { statement, parameters, rowsPath }
    }
  }
  const text = (query ?? '') + (body.readable ? (await readAll(body)).toString() : '')
  const statement = readStatement(text, options)
  if (statement.kind !== 'insert') return { statement, parameters }
  await writeFile(rowsPath, statement.rows ?? '')
  return { statement, parameters, rowsPath }
}

/** The body as the sender meant it. A refusal in its midst leaves the connection open for the answer. */
function decode(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  const chunks = Readable.from(request.iterator({ destroyOnReturn: false }), { objectMode: false })
  if (encoding === 'identity') return chunks
  const decoder = decoders[encoding]?.()
  if (decoder === undefined) {
    const text = `Unknown Content-Encoding '${encoding}'`
    throw new ServerError(codes.UNSUPPORTED_MEDIA_TYPE, text)
  }
  chunks.once('error', (error) => decoder.destroy(error))
  decoder.once('error', () => chunks.destroy())
  return chunks.pipe(decoder)
}

/** A multipart form carries `query` and long `param_…` values in the body. */
async function withForm(
  request: IncomingMessage,
  body: Readable,
  url: URLSearchParams,
): Promise<URLSearchParams> {
  const contentType = request.headers['content-type'] ?? ''
  if (!contentType.startsWith('multipart/form-data')) return url
  const bytes = await readAll(body)
  const form = await new Response(bytes, { headers: { 'content-type': contentType } }).formData()
  const parameters = new URLSearchParams(url)
  for (const [name, value] of form) {
    if (typeof value === 'string') parameters.append(name, value)
  }
  return parameters
}

async function readAll(body: Readable): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of body.pipe(limit(QUERY_BYTES_MAX))) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function spool(body: Readable, path: string, head: string): Promise<void> {
  try {
    const file = createWriteStream(path, { highWaterMark: 1024 * 1024 })
    if (head !== '') file.write(head)
    await pipeline(body, limit(ROWS_BYTES_MAX), file)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

function limit(bytesMax: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes <= bytesMax) return done(null, chunk)
      const text = `The body is over ${bytesMax} bytes`
      done(new ServerError(codes.QUERY_IS_TOO_LARGE, text))
    },
  })
}

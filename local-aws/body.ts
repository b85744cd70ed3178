import { createHash, type Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Caller, Signing } from './caller.ts'
import { ChunkedInput } from './chunked-input.ts'
import { AwsError } from './errors.ts'
import { EMPTY_SHA256, isSameSignature, sha256, sign } from './sigv4.ts'

/**
 * The bytes a request brings, without the chunks they may be packed in, verified against what was
 * signed. A mismatch is only known at the end: the stream then ends with an AwsError, so whoever
 * reads must commit nothing before the end. Constant memory.
 */
export interface Body {
  stream: AsyncIterable<Buffer>
  /** Bytes to come, if the request says so. */
  bytes: number | undefined
  /** Trailing headers in lower case; complete once the stream has ended. */
  trailers: ReadonlyMap<string, string>
}

export function openBody(request: IncomingMessage, caller: Caller): Body {
  const payloadHash = caller.signing?.payloadHash ?? anonymousHash(request)
  const trailers = new Map<string, string>()
  const isChunked = payloadHash.startsWith('STREAMING-')
  const bytes = readLength(request, isChunked)
  const source = request.iterator({ destroyOnReturn: false })
  const decoded = isChunked
    ? decodeChunks(new ChunkedInput(source), { payloadHash, signing: caller.signing, trailers })
    : verifyWhole(source, payloadHash)
  return { stream: counted(decoded, bytes), bytes, trailers }
}

function anonymousHash({ headers }: IncomingMessage): string {
  const given = headers['x-amz-content-sha256']
  return typeof given === 'string' ? given : 'UNSIGNED-PAYLOAD'
}

function readLength({ headers }: IncomingMessage, isChunked: boolean): number | undefined {
  const text = isChunked ? headers['x-amz-decoded-content-length'] : headers['content-length']
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text)
  if (!isChunked && headers['transfer-encoding'] !== undefined) return undefined
  if (!isChunked) return 0
  throw new AwsError(
    'MissingContentLength',
    411,
    'You must provide the Content-Length HTTP header.',
  )
}

async function* counted(source: AsyncIterable<Buffer>, bytes: number | undefined) {
  let seen = 0
  for await (const piece of source) {
    seen += piece.length
    if (bytes !== undefined && seen > bytes) throw incompleteBody()
    yield piece
  }
  if (bytes !== undefined && seen !== bytes) throw incompleteBody()
}

async function* verifyWhole(source: AsyncIterable<Buffer>, payloadHash: string) {
  const hash = payloadHash === 'UNSIGNED-PAYLOAD' ? undefined : createHash('sha256')
  for await (const piece of source) {
    hash?.update(piece)
    if (piece.length > 0) yield piece
  }
  const computed = hash?.digest('hex')
  if (computed === undefined || computed === payloadHash) return
  throw new AwsError(
    'XAmzContentSHA256Mismatch',
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { members: { ClientComputedContentSHA256: payloadHash, S3ComputedContentSHA256: computed } },
  )
}

interface Chunked {
  payloadHash: string
  signing: Signing | undefined
  trailers: Map<string, string>
}

const CHUNK_BYTES_MAX = 5 * 1024 ** 3
const TRAILERS_MAX = 16

/**
 * aws-chunked: `SIZE;chunk-signature=…`, the bytes, and so on to a chunk of size 0, then trailers.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
async function* decodeChunks(input: ChunkedInput, chunked: Chunked) {
  const { payloadHash, signing } = chunked
  const isSigned = payloadHash.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
  if (isSigned && !signing) throw chunkSignatureMismatch()
  const verifier = isSigned && signing ? createVerifier(signing) : undefined
  for (;;) {
    const { size, signature } = readChunkHeader(await input.readLine())
    const hash = verifier && createHash('sha256')
    for await (const piece of input.readBytes(size)) {
      hash?.update(piece)
      yield piece
    }
    if (hash) verifier?.verifyChunk(hash, signature)
    if (size === 0) break
    if ((await input.readLine()) !== '') throw incompleteBody()
  }
  await readTrailers(input, chunked.trailers, verifier)
}

function readChunkHeader(line: string): { size: number; signature: string | undefined } {
  const [, hex, signature] =
    /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line) ?? []
  const size = Number.parseInt(hex ?? '', 16)
  if (Number.isNaN(size) || size > CHUNK_BYTES_MAX) throw incompleteBody()
  return { size, signature }
}

/** A signed body has signed trailers, if it announces any. */
async function readTrailers(
  input: ChunkedInput,
  trailers: Map<string, string>,
  verifier: Verifier | undefined,
): Promise<void> {
  let canonical = ''
  let signature: string | undefined
  for (let line = await input.readLine(); line !== ''; line = await input.readLine()) {
    const at = line.indexOf(':')
    if (at <= 0 || trailers.size >= TRAILERS_MAX) throw malformedTrailer()
    const name = line.slice(0, at).trim().toLowerCase()
    const value = line.slice(at + 1).trim()
    if (name === 'x-amz-trailer-signature') signature = value
    else {
      trailers.set(name, value)
      canonical += `${name}:${value}\n`
    }
  }
  if (trailers.size > 0) verifier?.verifyTrailers(canonical, signature)
  if (!(await input.isAtEnd())) throw incompleteBody()
}

interface Verifier {
  verifyChunk(hash: Hash, signature: string | undefined): void
  verifyTrailers(canonical: string, signature: string | undefined): void
}

/** Each signature covers the one before it. */
function createVerifier({ key, time, scope, signature: seed }: Signing): Verifier {
  let previous = seed
  function verify(lines: string[], given: string | undefined): void {
    const computed = sign(key, lines.join('\n'))
    if (given === undefined || !isSameSignature(computed, given)) throw chunkSignatureMismatch()
    previous = computed
  }
  return {
    verifyChunk: (hash, given) => {
      const digest = hash.digest('hex')
      verify(['AWS4-HMAC-SHA256-PAYLOAD', time, scope, previous, EMPTY_SHA256, digest], given)
    },
    verifyTrailers: (canonical, given) =>
      verify(['AWS4-HMAC-SHA256-TRAILER', time, scope, previous, sha256(canonical)], given),
  }
}

function chunkSignatureMismatch(): AwsError {
  return new AwsError(
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  )
}

function incompleteBody(): AwsError {
  return new AwsError(
    'IncompleteBody',
    400,
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  )
}

function malformedTrailer(): AwsError {
  return new AwsError(
    'MalformedTrailerError',
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  )
}

import { AwsError } from '../errors.ts'
import type { AnswerHeaders, Call } from './call.ts'
import { type ChecksumAlgorithm, checksumAlgorithms, type Digests } from './digests.ts'
import type { ObjectChecksum } from './objects.ts'
import { badDigest, invalidRequest } from './s3-errors.ts'

/**
 * What a request says of its body. The value of a checksum may come in a trailer.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export interface Expectation {
  md5?: string
  checksum?: { algorithm: ChecksumAlgorithm; value: string | undefined }
}

const digestBytes: Record<ChecksumAlgorithm, number> = {
  crc32: 4,
  crc32c: 4,
  crc64nvme: 8,
  sha1: 20,
  sha256: 32,
}

export function readExpectation({ headers }: Call): Expectation {
  const md5 = headers.get('content-md5')
  if (md5 !== undefined && !isBase64(md5, 16)) {
    throw new AwsError('InvalidDigest', 400, 'The Content-MD5 you specified is not valid.')
  }
  const checksum = readChecksum(headers)
  return { ...(md5 !== undefined && { md5 }), ...(checksum && { checksum }) }
}

/** The algorithm that x-amz-checksum-algorithm or x-amz-sdk-checksum-algorithm names. */
export function readAlgorithm(
  headers: ReadonlyMap<string, string>,
  name: string,
): ChecksumAlgorithm | undefined {
  const given = headers.get(name)
  if (given === undefined) return undefined
  const algorithm = checksumAlgorithms.find((it) => it === given.toLowerCase())
  if (algorithm) return algorithm
  throw invalidRequest(
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
  )
}

function readChecksum(headers: ReadonlyMap<string, string>): Expectation['checksum'] {
  const named = readAlgorithm(headers, 'x-amz-sdk-checksum-algorithm')
  const trailers = (headers.get('x-amz-trailer') ?? '').toLowerCase().split(/\s*,\s*/)
  const found = checksumAlgorithms.filter(
    (it) => headers.has(checksumHeader(it)) || trailers.includes(checksumHeader(it)),
  )
  const [algorithm] = found
  if (found.length > 1) {
    throw invalidRequest(
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  if (!algorithm) {
    if (!named) return undefined
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    )
  }
  if (named && named !== algorithm) {
    throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.')
  }
  const value = headers.get(checksumHeader(algorithm))
  if (value !== undefined) checkValue(algorithm, value)
  return { algorithm, value }
}

/** Throws BadDigest when the bytes were others than the request said. */
export function verify(
  { md5, checksum }: Expectation,
  digests: Digests,
  trailers: ReadonlyMap<string, string>,
): void {
  if (md5 !== undefined && md5 !== digests.md5) {
    throw badDigest('Content-MD5', { expected: md5, calculated: digests.md5 ?? '' })
  }
  if (!checksum) return
  const { algorithm } = checksum
  const expected = checksum.value ?? trailers.get(checksumHeader(algorithm))
  if (expected === undefined) {
    throw new AwsError(
      'MalformedTrailerError',
      400,
      'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    )
  }
  checkValue(algorithm, expected)
  const calculated = digests[algorithm] ?? ''
  if (expected !== calculated) {
    throw badDigest(algorithm.toUpperCase(), { expected, calculated })
  }
}

function checkValue(algorithm: ChecksumAlgorithm, value: string): void {
  if (isBase64(value, digestBytes[algorithm])) return
  throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`)
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm}`
}

export function checksumHeaders({ algorithm, type, value }: ObjectChecksum): AnswerHeaders {
  return { [checksumHeader(algorithm)]: value, 'x-amz-checksum-type': type }
}

/** As XML elements are called: ChecksumCRC64NVME. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm.toUpperCase()}`
}

function isBase64(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, 'base64')
  return decoded.length === bytes && decoded.toString('base64') === text
}

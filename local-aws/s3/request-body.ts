import { type Body, openBody } from '../body.ts'
import { AwsError } from '../errors.ts'
import type { Call } from './call.ts'
import { type Expectation, readExpectation, verify } from './checksums.ts'
import { createDigester, type DigestAlgorithm } from './digests.ts'
import { newFileName, type WrittenFile } from './object-files.ts'
import { entityTooLarge, invalidRequest, malformedXml } from './s3-errors.ts'

const PART_BYTES_MAX = 5 * 1024 ** 3

/** The body of an object or a part, on the disk and verified, but not yet anybody's. */
interface ReceivedFile extends WrittenFile {
  expectation: Expectation
  trailers: ReadonlyMap<string, string>
}

/**
 * Writes the body to a loose file. When it is not what the request said, nothing of it stays. `instead` is the
 * checksum of a request that names none.
 */
export async function receiveFile(
  call: Call,
  algorithms: readonly DigestAlgorithm[],
  instead?: DigestAlgorithm,
): Promise<ReceivedFile> {
  const { catalog, objectFiles } = call.storage
  const expectation = readExpectation(call)
  const body = openBody(call.request, call.caller)
  checkLength(body)
  const file = newFileName()
  catalog.addLooseFile(file)
  try {
    const asked = expectation.checksum?.algorithm ?? instead
    const written = await objectFiles.write(file, body.stream, [
      'md5',
      ...algorithms,
      ...(asked ? [asked] : []),
    ])
    verify(expectation, written.digests, body.trailers)
    return { ...written, expectation, trailers: body.trailers }
  } catch (error) {
    await catalog.removeLoose(objectFiles, [file])
    throw error
  }
}

function checkLength({ bytes }: Body): void {
  if (bytes === undefined) {
    throw new AwsError(
      'MissingContentLength',
      411,
      'You must provide the Content-Length HTTP header.',
    )
  }
  if (bytes > PART_BYTES_MAX) throw entityTooLarge(bytes, PART_BYTES_MAX)
}

const DOCUMENT_BYTES_MAX = 2 * 1024 * 1024

/**
 * A short text: an XML document or a policy. `needsChecksum`: the request must say what it holds.
 * `checksumIsOfObject`: the checksum in its headers is not the text's.
 */
export async function receiveText(
  call: Call,
  options: { needsChecksum?: boolean; checksumIsOfObject?: boolean } = {},
): Promise<string> {
  const expectation: Expectation = options.checksumIsOfObject ? {} : readExpectation(call)
  if (options.needsChecksum && !expectation.md5 && !expectation.checksum) {
    throw invalidRequest(
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    )
  }
  const body = openBody(call.request, call.caller)
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of body.stream) {
    bytes += piece.length
    if (bytes > DOCUMENT_BYTES_MAX) throw malformedXml()
    pieces.push(piece)
  }
  const content = Buffer.concat(pieces)
  const { checksum } = expectation
  const digester = await createDigester(['md5', ...(checksum ? [checksum.algorithm] : [])])
  digester.update(content)
  verify(expectation, digester.digest(), body.trailers)
  return content.toString('utf8')
}

import assert from 'node:assert/strict'
import { request as sendRequest } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { newUser } from './accounts.ts'
import { createAuthenticate } from './authentication.ts'
import { openBody } from './body.ts'
import { createCalls } from './calls/calls.ts'
import type { AwsError } from './errors.ts'
import { type Service, startServer, stopServer } from './server.ts'
import { sha256 } from './sigv4.ts'
import { openState } from './state.ts'
import { makeDirectory } from './testing.ts'

// The keys, bytes and signatures of Amazon's own examples:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const EXAMPLE_TIME = new Date('2013-05-24T00:00:00Z')
const EXAMPLE_BYTES = 66_560
const pieces = ['a'.repeat(65_536), 'a'.repeat(1024), '']
const chunkSignatures = [
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
]
const trailerChunkSignatures = [
  'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
  '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
  '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
]
const trailer = [
  'x-amz-checksum-crc32c:sOO8/Q==',
  'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
]

test('a chunk whose bytes are not the signed ones is refused', async (t) => {
  const sink = await startSink(t, EXAMPLE_TIME)
  const changed = ['a'.repeat(65_535).concat('b'), ...pieces.slice(1)]
  const answer = await sink.put(signedHeaders(), chunked(changed, chunkSignatures))
  assert.equal(answer.status, 403)
  assert.match(answer.text, /^SignatureDoesNotMatch/)
})

test('signed chunks in another order, or without the last, are refused', async (t) => {
  const sink = await startSink(t, EXAMPLE_TIME)
  const swapped = chunked(
    pieces,
    [1, 0, 2].map((at) => chunkSignatures[at] ?? ''),
  )
  assert.match((await sink.put(signedHeaders(), swapped)).text, /^SignatureDoesNotMatch/)
  const unsigned = '0\r\n\r\n'
  const cut = chunked(pieces.slice(0, 2), chunkSignatures).replace(/\r\n$/, '') + unsigned
  assert.notEqual((await sink.put(signedHeaders(), cut)).status, 200)
})

test('a changed or missing trailer is refused', async (t) => {
  const sink = await startSink(t, EXAMPLE_TIME)
  for (const lines of [['x-amz-checksum-crc32c:AAAAAA==', trailer[1] ?? ''], trailer.slice(0, 1)]) {
    const body = chunked(pieces, trailerChunkSignatures, lines)
    const answer = await sink.put(signedTrailerHeaders(), body)
    assert.match(answer.text, /^SignatureDoesNotMatch/)
  }
})

test('fewer or more bytes than announced are refused', async (t) => {
  const sink = await startSink(t, EXAMPLE_TIME)
  for (const body of ['2\r\nab\r\n0\r\n\r\n', '4\r\nabcd\r\n0\r\n\r\n', '3\r\nabc\r\n', 'zz\r\n']) {
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '3',
    }
    const answer = await sink.put(headers, body)
    assert.equal(answer.status, 400)
    assert.match(answer.text, /^IncompleteBody/)
  }
})

test('a body that is not the hashed one is refused', async (t) => {
  const sink = await startSink(t, new Date())
  const answer = await sink.put({ 'x-amz-content-sha256': sha256('abc') }, 'abd')
  assert.match(answer.text, /^XAmzContentSHA256Mismatch/)
})

test("Amazon's example of signed chunks is read and verified", async (t) => {
  const sink = await startSink(t, EXAMPLE_TIME)
  const answer = await sink.put(signedHeaders(), chunked(pieces, chunkSignatures))
  assert.equal(answer.text, `${EXAMPLE_BYTES} ${sha256('a'.repeat(EXAMPLE_BYTES))} {}`)
})

test("Amazon's example of signed chunks with a trailer is read and verified", async (t) => {
  const sink = await startSink(t, EXAMPLE_TIME)
  const answer = await sink.put(
    signedTrailerHeaders(),
    chunked(pieces, trailerChunkSignatures, trailer),
  )
  const trailers = '{"x-amz-checksum-crc32c":"sOO8/Q=="}'
  assert.equal(answer.text, `${EXAMPLE_BYTES} ${sha256('a'.repeat(EXAMPLE_BYTES))} ${trailers}`)
})

test('what the SDK streams arrives with its checksum as a trailer', async (t) => {
  const sink = await startSink(t, new Date())
  const client = new S3Client({
    endpoint: sink.url,
    region: 'eu-central-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
  })
  t.after(() => client.destroy())
  const bytes = Buffer.from('one day of samples\n'.repeat(20_000))
  const Body = Readable.from(cut(bytes, 9_999), { objectMode: false })
  const input = {
    Bucket: 'bucket',
    Key: 'a key/with ü+~(1).csv',
    Body,
    ContentLength: bytes.length,
  }
  await client.send(new PutObjectCommand(input))
  const [length, hash, trailers] = sink.received.at(-1)?.split(' ') ?? []
  assert.equal(Number(length), bytes.length)
  assert.equal(hash, sha256(bytes))
  assert.match(trailers ?? '', /"x-amz-checksum-crc32"/)
  await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: bytes }))
  assert.equal(sink.received.at(-1)?.split(' ')[1], sha256(bytes))
})

function* cut(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function chunked(parts: string[], signatures: string[], lines: string[] = []): string {
  const chunks = parts.map((part, index) => {
    const header = `${part.length.toString(16)};chunk-signature=${signatures[index]}\r\n`
    return part === '' ? header : `${header}${part}\r\n`
  })
  return [...chunks, ...lines.map((line) => `${line}\r\n`), '\r\n'].join('')
}

function signedHeaders(): Record<string, string> {
  const names =
    'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class'
  return {
    ...exampleHeaders,
    'content-length': '66824',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    authorization: authorization(
      names,
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    ),
  }
}

function signedTrailerHeaders(): Record<string, string> {
  const names =
    'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer'
  return {
    ...exampleHeaders,
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'x-amz-trailer': 'x-amz-checksum-crc32c',
    authorization: authorization(
      names,
      '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    ),
  }
}

const exampleHeaders = {
  host: 's3.amazonaws.com',
  'x-amz-date': '20130524T000000Z',
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  'x-amz-decoded-content-length': String(EXAMPLE_BYTES),
  'content-encoding': 'aws-chunked',
}

function authorization(signedNames: string, signature: string): string {
  const credential = `${accessKeyId}/20130524/us-east-1/s3/aws4_request`
  return `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signedNames},Signature=${signature}`
}

/** A server that reads bodies and answers what it read: bytes, SHA-256, trailers. */
async function startSink(t: TestContext, now: Date) {
  const state = await openState(await makeDirectory(t))
  t.after(() => state.close())
  const clock = () => now
  await state.change(({ accounts }) => {
    const maps = { users: new Map(), roles: new Map(), policies: new Map() }
    const account = { accountId: '111122223333', created: now.toISOString(), ...maps }
    const user = newUser(account, { name: 'example', path: '/', now })
    user.accessKeys = [{ accessKeyId, secretAccessKey, status: 'Active', created: '' }]
    accounts.set(account.accountId, account)
    account.users.set('example', user)
  })
  const received: string[] = []
  const authenticate = createAuthenticate(state, clock)
  const s3: Service = {
    async handle(request, response) {
      const body = openBody(request, await authenticate(request))
      const content = await text(body.stream)
      const trailers = JSON.stringify(Object.fromEntries(body.trailers))
      received.push(`${content.length} ${sha256(content)} ${trailers}`)
      response.end(received.at(-1))
    },
    sendError(_request, response, error: AwsError) {
      response.writeHead(error.status).end(`${error.code}: ${error.message}`)
    },
  }
  const calls = createCalls()
  const control = { isMeant: () => false, handle: () => Promise.resolve() }
  const services = { query: s3, s3, control, calls, clock, log: console.error }
  const server = await startServer(services, 0)
  t.after(() => stopServer(server))
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  const { port } = address
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    put: (headers: Record<string, string>, body: string) => put(port, headers, body),
  }
}

/** By hand, since a client would not send what is wrong. */
function put(port: number, headers: Record<string, string>, body: string) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const path = '/examplebucket/chunkObject.txt'
    const options = { host: '127.0.0.1', port, method: 'PUT', path, headers, agent: false }
    const request = sendRequest(options, async (response) => {
      resolve({ status: response.statusCode, text: await text(response) })
    })
    request.on('error', reject)
    request.end(body)
  })
}

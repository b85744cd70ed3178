import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Authenticate } from './authentication.ts'
import type { Caller } from './caller.ts'
import { type AwsError, asAwsError } from './errors.ts'
import { readSignedService } from './signature.ts'

/** S3, seen from the server: everything that is no signed call of IAM or STS. */
export interface S3 {
  /** Answers, or throws an AwsError, which comes back to `sendError`. */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    caller: Caller,
    requestId: string,
  ): Promise<void>
  sendError(
    request: IncomingMessage,
    response: ServerResponse,
    error: AwsError,
    requestId: string,
  ): void
}

/** IAM and STS. They read the body before they know who signed it. */
export interface QueryApi {
  handle(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void>
  sendError: S3['sendError']
}

export interface Services {
  authenticate: Authenticate
  query: QueryApi
  s3: S3
  clock: () => Date
  /** Hears of faults of ours; the caller only hears that there was one. */
  log(fault: unknown): void
}

const HEADER_BYTES_MAX = 64 * 1024
const REQUEST_TIMEOUT_MS = 3_600_000
const CLOSE_TIMEOUT_MS = 2_000

/** All services on one port of 127.0.0.1; the service in the credential scope tells whose a request is. */
export async function startServer(services: Services, port: number): Promise<Server> {
  const options = { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: REQUEST_TIMEOUT_MS }
  const server = createServer(options, (request, response) => {
    void answer(services, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}

/** Lets running requests end, for a bounded time. */
export async function stopServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const hardStop = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS)
  await closed
  clearTimeout(hardStop)
}

async function answer(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => response.destroy())
  // Clients set their clocks by it.
  response.setHeader('date', services.clock().toUTCString())
  if (isQueryCall(request)) await answerQuery(services, request, response)
  else await answerS3(services, request, response)
}

async function answerQuery(
  { query, log }: Services,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID()
  response.setHeader('x-amzn-RequestId', requestId)
  try {
    await query.handle(request, response, requestId)
  } catch (error) {
    fail(error, { request, response, log }, (it) =>
      query.sendError(request, response, it, requestId),
    )
  }
}

async function answerS3(
  { authenticate, s3, log }: Services,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase()
  response.setHeader('x-amz-request-id', requestId)
  response.setHeader('x-amz-id-2', randomBytes(48).toString('base64'))
  response.setHeader('server', 'AmazonS3')
  try {
    await s3.handle(request, response, await authenticate(request), requestId)
  } catch (error) {
    fail(error, { request, response, log }, (it) => s3.sendError(request, response, it, requestId))
  }
}

/** An answer that has begun can only be cut off. */
function fail(
  thrown: unknown,
  {
    request,
    response,
    log,
  }: Pick<Services, 'log'> & { request: IncomingMessage; response: ServerResponse },
  send: (error: AwsError) => void,
): void {
  const error = asAwsError(thrown)
  if (error.code === 'InternalFailure' && !request.destroyed) log(error.cause)
  if (response.headersSent) response.destroy()
  else send(error)
}

/** Signed for another service than S3, or an unsigned form posted to the root. */
function isQueryCall(request: IncomingMessage): boolean {
  const service = readSignedService(request)
  if (service !== undefined) return service !== 's3'
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  return request.method === 'POST' && request.url === '/' && isForm === true
}

import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type CallEvent, newEvent, recordError } from './calls/call-event.ts'
import type { CallRecorder } from './calls/calls.ts'
import type { Control } from './control/control.ts'
import { type AwsError, asAwsError } from './errors.ts'
import { readSignedService } from './signature.ts'

/** A service, seen from the server. */
export interface Service {
  /**
   * Answers, or throws an AwsError, which comes back to `sendError`. What becomes known of the call is
   * written into its event.
   */
  handle(request: IncomingMessage, response: ServerResponse, event: CallEvent): Promise<void>
  sendError(
    request: IncomingMessage,
    response: ServerResponse,
    error: AwsError,
    event: CallEvent,
  ): void
}

interface Services {
  /** IAM and STS. They read the body before they know who signed it. */
  query: Service
  /** Everything that is no signed call of IAM or STS. */
  s3: Service
  control: Control
  calls: CallRecorder
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
  const { control, query, s3, clock } = services
  if (control.isMeant(request)) {
    await control.handle(request, response)
    return
  }
  // Clients set their clocks by it.
  response.setHeader('date', clock().toUTCString())
  if (isQueryCall(request)) {
    const requestID = randomUUID()
    response.setHeader('x-amzn-RequestId', requestID)
    await answerCall(services, query, { request, response, requestID })
    return
  }
  const requestID = randomBytes(8).toString('hex').toUpperCase()
  response.setHeader('x-amz-request-id', requestID)
  response.setHeader('x-amz-id-2', randomBytes(48).toString('base64'))
  response.setHeader('server', 'AmazonS3')
  await answerCall(services, s3, { request, response, requestID })
}

async function answerCall(
  { calls, clock, log }: Services,
  service: Service,
  call: { request: IncomingMessage; response: ServerResponse; requestID: string },
): Promise<void> {
  const { request, response, requestID } = call
  const event = calls.add(newEvent(request, { requestID, now: clock() }))
  try {
    await service.handle(request, response, event)
  } catch (thrown) {
    const error = asAwsError(thrown)
    const isGone = request.destroyed || response.destroyed
    if (error.code === 'InternalFailure' && !isGone && error.cause) log(error.cause)
    recordError(event, error)
    // An answer that has begun can only be cut off.
    if (response.headersSent) response.destroy()
    else service.sendError(request, response, error, event)
  }
}

/** Signed for another service than S3, or an unsigned form posted to the root. */
function isQueryCall(request: IncomingMessage): boolean {
  const service = readSignedService(request)
  if (service !== undefined) return service !== 's3'
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  return request.method === 'POST' && request.url === '/' && isForm === true
}

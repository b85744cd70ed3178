import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticate } from './authentication.ts'
import type { Caller } from './caller.ts'
import { type CallEvent, identityOf, parametersOf } from './calls/call-event.ts'
import { AwsError, notImplemented } from './errors.ts'
import type { FaultRules } from './faults/faults.ts'
import { meetFaults } from './faults/strike.ts'
import type { Parameters } from './parameters.ts'
import { type Element, writeXml } from './query-xml.ts'
import type { Service } from './server.ts'
import { readSignedService } from './signature.ts'
import { readQuery, sha256, splitUrl } from './sigv4.ts'

export interface Call {
  caller: Caller
  parameters: Parameters
  now: Date
  /** What the operation knows of its answer is written here. */
  event: CallEvent
  /** What the call changes holds so much later. */
  changeDelayMs: number
}

/** The members of an operation's result, or nothing. */
export type Operation = (call: Call) => Promise<Element | undefined> | Element | undefined

/** One of the services that speak AWS's query protocol. */
export interface QueryService {
  version: string
  namespace: string
  operations: Record<string, Operation>
}

interface QueryParts {
  services: { iam: QueryService; sts: QueryService }
  clock: () => Date
  authenticate: Authenticate
  faults: FaultRules
}

const BODY_BYTES_MAX = 512 * 1024

/**
 * IAM and STS: a form goes in, XML comes out.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export function createQueryApi(parts: QueryParts): Service {
  const { clock, authenticate, faults } = parts
  const services = new Map(Object.entries(parts.services))
  return {
    async handle(request, response, event) {
      const body = await readBody(request)
      const parameters = readParameters(request, body)
      describeCall(event, readSignedService(request), parameters)
      const caller = await authenticate(request, sha256(body))
      event.userIdentity = identityOf(caller)
      event.awsRegion = caller.region
      const service = services.get(readSignedService(request) ?? '')
      if (!service) throw wrongService()
      const now = clock()
      const { isCut, changeDelayMs } = await meetFaults(faults, { event, request, response, now })
      if (isCut) return
      const operation = getOperation(service, event.eventName, parameters.get('Version'))
      const result = await operation({ caller, parameters, now: clock(), event, changeDelayMs })
      const answer = writeXml(`${event.eventName}Response`, service.namespace, {
        ...(result && { [`${event.eventName}Result`]: result }),
        ResponseMetadata: { RequestId: event.requestID },
      })
      send(response, 200, answer)
    },
    sendError(request, response, error, event) {
      const { code, status, message } = error
      const service = services.get(readSignedService(request) ?? '') ?? parts.services.sts
      const type = status < 500 ? 'Sender' : 'Receiver'
      const answer = writeXml('ErrorResponse', service.namespace, {
        Error: { Type: type, Code: code, Message: message },
        RequestId: event.requestID,
      })
      send(response, status, answer)
    },
  }
}

/** CloudTrail begins the names of parameters small: `externalId`. */
function describeCall(event: CallEvent, service: string | undefined, parameters: Parameters): void {
  const { Action = '', Version: _, ...others } = Object.fromEntries(parameters)
  event.eventSource = service === 'iam' ? 'iam.amazonaws.com' : 'sts.amazonaws.com'
  event.eventName = /^[A-Za-z]{1,128}$/.test(Action) ? Action : ''
  const named = Object.entries(others).map(([name, value]): [string, string] => {
    return [name.charAt(0).toLowerCase() + name.slice(1), value]
  })
  event.requestParameters = parametersOf(named)
}

function getOperation(service: QueryService, action: string, version: string | undefined) {
  if (action === '') {
    throw new AwsError('MissingAction', 400, 'The request must contain the parameter Action')
  }
  if (version !== undefined && version !== service.version) {
    throw new AwsError(
      'InvalidAction',
      400,
      `Could not find operation ${action} for version ${version}`,
    )
  }
  const operation = Object.hasOwn(service.operations, action)
    ? service.operations[action]
    : undefined
  if (!operation) throw notImplemented(action)
  return operation
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    bytes += piece.length
    if (bytes > BODY_BYTES_MAX) {
      throw new AwsError('RequestEntityTooLarge', 413, 'The request body is too large.')
    }
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function readParameters(request: IncomingMessage, body: Buffer): Parameters {
  const [, query] = splitUrl(request.url ?? '/')
  return new Map([...readQuery(query), ...readQuery(body.toString('utf8'))])
}

function wrongService(): AwsError {
  return new AwsError(
    'SignatureDoesNotMatch',
    403,
    'Credential should be scoped to a service of local-aws: iam, sts or s3.',
  )
}

function send(response: ServerResponse, status: number, xml: string): void {
  const body = Buffer.from(xml)
  response.writeHead(status, { 'content-type': 'text/xml', 'content-length': body.length })
  response.end(body)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CallEvent, recordError } from '../calls/call-event.ts'
import { AwsError } from '../errors.ts'
import { type Members, writeErrorXml } from './xml.ts'

const INTERNAL_ERROR = 'We encountered an internal error. Please try again.'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses */
export function membersOf({ code, message, members }: AwsError, event: CallEvent): Members {
  const isOurs = code === 'InternalFailure'
  return {
    Code: isOurs ? 'InternalError' : code,
    Message: isOurs ? INTERNAL_ERROR : message,
    ...members,
    RequestId: event.requestID,
    HostId: 'local-aws',
  }
}

/**
 * CompleteMultipartUpload and CopyObject answer 200 and keep the connection open with white space
 * while they work; when they fail then, the error stands where the result would.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export function sendErrorIn200(
  request: IncomingMessage,
  response: ServerResponse,
  event: CallEvent,
): void {
  const error = new AwsError('InternalError', 200, INTERNAL_ERROR)
  recordError(event, error)
  request.resume()
  response.writeHead(200, { 'content-type': 'application/xml' })
  response.write('<?xml version="1.0" encoding="UTF-8"?>\n   \n')
  response.end(writeErrorXml(membersOf(error, event)).replace(/^<\?xml.*\?>\s*/, ''))
}

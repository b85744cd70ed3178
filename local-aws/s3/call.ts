import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '../caller.ts'
import { readQuery, splitUrl } from '../sigv4.ts'
import type { State } from '../state.ts'
import type { Address } from './address.ts'
import type { Buckets } from './buckets.ts'
import type { Catalog } from './catalog.ts'
import type { KmsKeys } from './kms-keys.ts'
import type { ObjectFiles } from './object-files.ts'
import type { Objects } from './objects.ts'
import type { Uploads } from './uploads.ts'
import { type Members, writeXml } from './xml.ts'

/** What every operation works on. */
export interface Storage {
  state: State
  catalog: Catalog
  buckets: Buckets
  objects: Objects
  uploads: Uploads
  objectFiles: ObjectFiles
  kmsKeys: KmsKeys
}

/** One request to S3, by somebody who is known. */
export interface Call extends Address {
  request: IncomingMessage
  response: ServerResponse
  caller: Caller
  storage: Storage
  now: Date
  query: ReadonlyMap<string, string>
  /** Names in lower case; x-amz- parameters of a presigned query stand for headers. Values as UTF-8. */
  headers: ReadonlyMap<string, string>
}

/** Answers the call, or throws an AwsError before it has begun to. */
export type Operation = (call: Call) => Promise<void> | void

export function readQueryOf(request: IncomingMessage): Map<string, string> {
  return new Map(readQuery(splitUrl(request.url ?? '/')[1]))
}

const signatureParameters =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token)$/

export function readHeaders(
  request: IncomingMessage,
  query: ReadonlyMap<string, string>,
): Map<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of query) {
    const lower = name.toLowerCase()
    if (lower.startsWith('x-amz-') && !signatureParameters.test(lower)) headers.set(lower, value)
  }
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined) continue
    // Node reads header bytes as Latin-1; clients mean UTF-8.
    headers.set(name, Buffer.from([value].flat().join(','), 'latin1').toString('utf8'))
  }
  return headers
}

export function sendXml(call: Call, root: string, members: Members | string, status = 200): void {
  const body = Buffer.from(writeXml(root, members))
  call.response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': body.length,
  })
  call.response.end(body)
}

/** Headers that are undefined are left out; values go out as UTF-8. */
export function sendEmpty(call: Call, status: number, headers: AnswerHeaders = {}): void {
  setHeaders(call, headers)
  if (status !== 204 && status !== 304) call.response.setHeader('content-length', 0)
  call.response.writeHead(status)
  call.response.end()
}

export type AnswerHeaders = Record<string, string | number | undefined>

export function setHeaders({ response }: Call, headers: AnswerHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    response.setHeader(name, Buffer.from(String(value), 'utf8').toString('latin1'))
  }
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/**
 * AWS Signature Version 4, the computing of it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const ALGORITHM = 'AWS4-HMAC-SHA256'
export const EMPTY_SHA256 = sha256('')

/** `20261124/eu-central-1/s3/aws4_request` and the access key before it. */
export interface CredentialScope {
  accessKeyId: string
  date: string
  region: string
  service: string
}

interface CanonicalParts {
  request: IncomingMessage
  signedHeaders: string[]
  payloadHash: string
  /** S3 signs the path encoded once, the others twice. */
  encodesPathTwice: boolean
}

export function readCredentialScope(credential: string): CredentialScope | undefined {
  const match = /^([A-Za-z0-9]{1,128})\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(credential)
  const [, accessKeyId, date, region, service] = match ?? []
  if (!accessKeyId || !date || !region || !service) return undefined
  return { accessKeyId, date, region, service }
}

export function scopeText({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/aws4_request`
}

export function signingKeyOf(secretAccessKey: string, scope: CredentialScope): Buffer {
  const dateKey = hmac(`AWS4${secretAccessKey}`, scope.date)
  return hmac(hmac(hmac(dateKey, scope.region), scope.service), 'aws4_request')
}

export function canonicalRequest(parts: CanonicalParts): string {
  const { request, signedHeaders, payloadHash, encodesPathTwice } = parts
  const [path = '/', query = ''] = splitUrl(request.url ?? '/')
  const encodedPath = encodePath(decodeText(path))
  return [
    request.method ?? 'GET',
    encodesPathTwice ? encodePath(encodedPath) : encodedPath,
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${headerText(request, name)}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

export function stringToSign(time: string, scope: CredentialScope, canonical: string): string {
  return [ALGORITHM, time, scopeText(scope), sha256(canonical)].join('\n')
}

export function sign(signingKey: Buffer, text: string): string {
  return hmac(signingKey, text).toString('hex')
}

export function isSameSignature(computed: string, given: string): boolean {
  const a = Buffer.from(computed)
  const b = Buffer.from(given)
  return a.length === b.length && timingSafeEqual(a, b)
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Path and query, each as it was sent. */
export function splitUrl(url: string): [path: string, query: string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

/** Every pair of a query, decoded, in the order they came. */
export function readQuery(query: string): [name: string, value: string][] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      if (at < 0) return [decodeQueryText(pair), '']
      return [decodeQueryText(pair.slice(0, at)), decodeQueryText(pair.slice(at + 1))]
    })
}

function canonicalQuery(query: string): string {
  return readQuery(query)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Node reads header bytes as Latin-1; clients sign them as UTF-8. */
function headerText(request: IncomingMessage, name: string): string {
  const headers = request.headersDistinct
  const values = Object.hasOwn(headers, name) ? (headers[name] ?? []) : []
  const trimmed = values.map((value) => value.trim().replace(/ +/g, ' '))
  return Buffer.from(trimmed.join(','), 'latin1').toString('utf8')
}

function encodePath(path: string): string {
  return path.split('/').map(encode).join('/')
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function decodeQueryText(text: string): string {
  return decodeText(text.replaceAll('+', ' '))
}

/** Text that is no valid percent-encoding stays as it is; its signature then differs. */
function decodeText(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

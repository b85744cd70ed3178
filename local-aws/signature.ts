import type { IncomingMessage } from 'node:http'
import type { AuthenticationErrors } from './authentication-errors.ts'
import { AwsError } from './errors.ts'
import {
  ALGORITHM,
  type CredentialScope,
  readCredentialScope,
  readQuery,
  splitUrl,
} from './sigv4.ts'

/** A signature as a request carries it, in its header or in its query. Not verified yet. */
export interface Signature {
  scope: CredentialScope
  /** Lower case, sorted, host among them. */
  signedHeaders: string[]
  /** Hexadecimal. */
  signature: string
  /** `20261124T101112Z`, and the same as an instant. */
  time: string
  instant: Date
  token?: string
  isPresigned: boolean
  /** Of a presigned request. */
  expiresSeconds?: number
  /** The x-amz-content-sha256 of a presigned request's query. */
  contentSha256?: string
}

const PRESIGNED_SECONDS_MAX = 604_800

/** The service that the credential scope names, whether or not the rest can be read. */
export function readSignedService(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization ?? ''
  const [, inHeader] = /Credential=([^,\s]+)/.exec(header) ?? []
  const credential = inHeader ?? queryOf(request).get('X-Amz-Credential')
  return credential === undefined ? undefined : readCredentialScope(credential)?.service
}

/** Undefined when the request carries no signature. Throws when it carries one that is no SigV4. */
export function readSignature(
  request: IncomingMessage,
  errors: AuthenticationErrors,
): Signature | undefined {
  const header = request.headers.authorization
  const query = queryOf(request)
  const isPresigned = query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature')
  if (header !== undefined && isPresigned) throw twoSignatures()
  if (header !== undefined) return readHeader(request, header, errors)
  // SigV2, by which the AWS CLI and boto3 presign unless their profile says s3v4: read as unsigned, it would
  // be an Access Denied that nobody can explain.
  if (query.has('AWSAccessKeyId')) throw errors.unsupported()
  return isPresigned ? readPresigned(query, errors) : undefined
}

function readHeader(
  request: IncomingMessage,
  header: string,
  errors: AuthenticationErrors,
): Signature {
  const [algorithm, rest = ''] = splitOnce(header.trim(), ' ')
  if (algorithm !== ALGORITHM) throw errors.unsupported()
  const fields = new Map(rest.split(',').map((field) => splitOnce(field.trim(), '=')))
  const { 'x-amz-date': date, 'x-amz-security-token': token } = request.headers
  const time = typeof date === 'string' ? date : undefined
  const core = readCore(
    {
      credential: fields.get('Credential'),
      signedHeaders: fields.get('SignedHeaders'),
      signature: fields.get('Signature'),
      time: time ?? timeOfDate(request.headers.date),
    },
    errors,
  )
  return { ...core, ...(typeof token === 'string' && { token }), isPresigned: false }
}

function readPresigned(query: Map<string, string>, errors: AuthenticationErrors): Signature {
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) throw errors.unsupported()
  const core = readCore(
    {
      credential: query.get('X-Amz-Credential'),
      signedHeaders: query.get('X-Amz-SignedHeaders'),
      signature: query.get('X-Amz-Signature'),
      time: query.get('X-Amz-Date'),
    },
    errors,
  )
  const expires = query.get('X-Amz-Expires')
  const expiresSeconds = /^\d{1,9}$/.test(expires ?? '') ? Number(expires) : -1
  if (expiresSeconds < 0 || expiresSeconds > PRESIGNED_SECONDS_MAX) {
    throw errors.malformed(
      'X-Amz-Expires must be a number between 0 and 604800 (one week in seconds)',
    )
  }
  const token = query.get('X-Amz-Security-Token')
  const contentSha256 = query.get('X-Amz-Content-Sha256')
  return {
    ...core,
    ...(token !== undefined && { token }),
    ...(contentSha256 !== undefined && { contentSha256 }),
    isPresigned: true,
    expiresSeconds,
  }
}

interface Fields {
  credential: string | undefined
  signedHeaders: string | undefined
  signature: string | undefined
  time: string | undefined
}

type Core = Pick<Signature, 'scope' | 'signedHeaders' | 'signature' | 'time' | 'instant'>

function readCore(fields: Fields, errors: AuthenticationErrors): Core {
  const { credential, signature, time } = fields
  const scope = readCredentialScope(credential ?? '')
  if (!scope) {
    throw errors.malformed(
      `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"`,
    )
  }
  const signedHeaders = (fields.signedHeaders ?? '').toLowerCase().split(';').sort()
  if (!signedHeaders.includes('host')) {
    throw errors.malformed("'Host' must be a 'SignedHeader' in the AWS Authorization")
  }
  if (!signature || !/^[0-9a-f]{64}$/.test(signature))
    throw errors.malformed('Signature is missing')
  const instant = readTime(time)
  if (!time || !instant) throw errors.malformed('X-Amz-Date must be in the form YYYYMMDDTHHMMSSZ')
  if (!time.startsWith(scope.date)) {
    throw errors.malformed('Date in Credential scope does not match the date of the request')
  }
  return { scope, signedHeaders, signature, time, instant }
}

function twoSignatures(): AwsError {
  return new AwsError(
    'InvalidArgument',
    400,
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
  )
}

function readTime(time: string | undefined): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time ?? '')
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(instant.getTime()) ? undefined : instant
}

/** The Date header stands in for x-amz-date. */
function timeOfDate(date: string | undefined): string | undefined {
  const instant = new Date(date ?? '')
  if (Number.isNaN(instant.getTime())) return undefined
  return instant.toISOString().replace(/[-:]|\.\d{3}/g, '')
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function queryOf(request: IncomingMessage): Map<string, string> {
  const [, query] = splitUrl(request.url ?? '/')
  return new Map(readQuery(query))
}

import type { IncomingMessage } from 'node:http'
import { type AuthenticationErrors, queryErrors, s3Errors } from './authentication-errors.ts'
import { anonymousCaller, type Caller, sessionCaller, userCaller } from './caller.ts'
import { AwsError } from './errors.ts'
import { findAccessKey } from './identities.ts'
import { openSession } from './session-token.ts'
import { readSignature, type Signature } from './signature.ts'
import {
  canonicalRequest,
  isSameSignature,
  scopeText,
  sign,
  signingKeyOf,
  stringToSign,
} from './sigv4.ts'
import type { State } from './state.ts'

export type Authenticate = (request: IncomingMessage, payloadHash?: string) => Promise<Caller>

/**
 * Finds out who signed a request. For IAM and STS `payloadHash` is the SHA-256 of the body as it
 * was received; for S3 the signed x-amz-content-sha256 stands for it, and `openBody` holds the
 * body to it. An S3 request without a signature is anonymous. Throws AwsError in the words of the
 * service.
 */
export function createAuthenticate(state: State, clock: () => Date): Authenticate {
  return async (request, payloadHash) => {
    const isS3 = payloadHash === undefined
    const errors = isS3 ? s3Errors : queryErrors
    const now = clock()
    const signature = readSignature(request, errors)
    if (!signature) {
      if (isS3) return anonymousCaller(state.identitiesAt(now), { request, now, region: '' })
      throw errors.missing()
    }
    checkTime(signature, now, errors)
    const { caller, secretAccessKey } = identify({ state, request, signature, now, errors })
    const hash = payloadHash ?? payloadHashOf(request, signature)
    if (isS3) checkSignedHeaders(request, signature)
    const parts = { request, signedHeaders: signature.signedHeaders, payloadHash: hash }
    const canonical = canonicalRequest({ ...parts, encodesPathTwice: !isS3 })
    const text = stringToSign(signature.time, signature.scope, canonical)
    const key = signingKeyOf(secretAccessKey, signature.scope)
    if (!isSameSignature(sign(key, text), signature.signature)) {
      throw errors.doesNotMatch({ signature, canonical, text })
    }
    return {
      ...caller,
      accessKeyId: signature.scope.accessKeyId,
      signing: {
        key,
        time: signature.time,
        scope: scopeText(signature.scope),
        signature: signature.signature,
        payloadHash: hash,
      },
    }
  }
}

const SKEW_MAX_MS = 15 * 60 * 1000

/** A presigned request is good from 15 minutes before its date until it expires. */
function checkTime(signature: Signature, now: Date, errors: AuthenticationErrors): void {
  const { instant, expiresSeconds } = signature
  const age = now.getTime() - instant.getTime()
  if (expiresSeconds === undefined) {
    if (Math.abs(age) > SKEW_MAX_MS) throw errors.skewed(signature, now)
    return
  }
  if (age < -SKEW_MAX_MS) throw errors.skewed(signature, now)
  if (age > expiresSeconds * 1000) throw errors.expiredRequest(signature, now)
}

interface Asked {
  state: State
  request: IncomingMessage
  signature: Signature
  now: Date
  errors: AuthenticationErrors
}

function identify(asked: Asked): { caller: Caller; secretAccessKey: string } {
  const { state, request, signature, now, errors } = asked
  const { accessKeyId, region } = signature.scope
  if (signature.token !== undefined) return identifySession(asked, signature.token)
  const identities = state.identitiesAt(now)
  const found = findAccessKey(identities, accessKeyId)
  if (found?.key.status !== 'Active') throw errors.unknownKey(accessKeyId)
  return {
    caller: userCaller(identities, found, { request, now, region }),
    secretAccessKey: found.key.secretAccessKey,
  }
}

function identifySession(asked: Asked, token: string) {
  const { state, request, signature, now, errors } = asked
  const { accessKeyId, region } = signature.scope
  const session = openSession(token, state.identities.tokenKey)
  if (session?.accessKeyId !== accessKeyId) throw errors.invalidToken(token)
  if (now.getTime() >= session.expiresAt) throw errors.expiredToken(token)
  const identities = state.identitiesAt(now)
  const account = identities.accounts.get(session.accountId)
  const role = account && [...account.roles.values()].find((it) => it.id === session.roleId)
  if (!role) throw errors.unknownKey(accessKeyId)
  return {
    caller: sessionCaller(identities, { role, session }, { request, now, region }),
    secretAccessKey: session.secretAccessKey,
  }
}

const STREAMING = /^STREAMING-(AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?|UNSIGNED-PAYLOAD-TRAILER)$/

function payloadHashOf(request: IncomingMessage, signature: Signature): string {
  const header = request.headers['x-amz-content-sha256']
  const given = typeof header === 'string' ? header : signature.contentSha256
  if (given === undefined && signature.isPresigned) return 'UNSIGNED-PAYLOAD'
  if (given === undefined) {
    throw new AwsError(
      'InvalidRequest',
      400,
      'Missing required header for this request: x-amz-content-sha256',
    )
  }
  if (given === 'UNSIGNED-PAYLOAD' || STREAMING.test(given) || /^[0-9a-f]{64}$/.test(given)) {
    return given
  }
  throw new AwsError(
    'InvalidArgument',
    400,
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    { members: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: given } },
  )
}

/** S3 lets nobody add an x-amz- header to a request that somebody else signed. */
function checkSignedHeaders(request: IncomingMessage, { signedHeaders }: Signature): void {
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !signedHeaders.includes(name),
  )
  if (unsigned.length === 0) return
  throw new AwsError(
    'AccessDenied',
    403,
    'There were headers present in the request which were not signed',
    { members: { HeadersNotSigned: unsigned.join(', ') } },
  )
}

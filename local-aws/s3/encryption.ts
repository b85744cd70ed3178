import { evaluateAssumeRole, parseArn } from '@sluice/iam'
import { denialText, policiesOver } from '../authorize.ts'
import { AwsError } from '../errors.ts'
import { readPolicy } from '../policy-texts.ts'
import type { Bucket } from './buckets.ts'
import type { AnswerHeaders, Call } from './call.ts'
import type { ObjectEncryption } from './objects.ts'
import { accessDenied, invalidArgument, notImplementedHeader } from './s3-errors.ts'

const HEADER = 'x-amz-server-side-encryption'
const KEY_HEADER = `${HEADER}-aws-kms-key-id`
const BUCKET_KEY_HEADER = `${HEADER}-bucket-key-enabled`

/** How a new object is to be encrypted: as the request says, else as the bucket does by default. */
export function readEncryption(call: Call, bucket: Bucket): ObjectEncryption {
  const { headers } = call
  for (const name of headers.keys()) {
    if (name.startsWith(`${HEADER}-customer-`) || name === `${HEADER}-context`) {
      throw notImplementedHeader(name)
    }
  }
  const algorithm = headers.get(HEADER)
  const keyId = headers.get(KEY_HEADER)
  if (algorithm === 'aws:kms:dsse') throw notImplementedHeader(HEADER)
  if (algorithm !== undefined && algorithm !== 'AES256' && algorithm !== 'aws:kms') {
    throw invalidArgument('The encryption method specified is not supported', HEADER, algorithm)
  }
  if (keyId !== undefined && algorithm !== 'aws:kms') {
    const message = `Server Side Encryption with AWS KMS managed key requires HTTP header ${HEADER} : aws:kms`
    throw invalidArgument(message, HEADER, algorithm ?? '')
  }
  const chosen =
    algorithm === undefined
      ? bucket.encryption
      : { ...bucket.encryption, algorithm, kmsKeyId: keyId }
  if (chosen.algorithm === 'AES256') return { algorithm: 'AES256' }
  const enabled = headers.get(BUCKET_KEY_HEADER)?.toLowerCase()
  return {
    algorithm: 'aws:kms',
    keyArn: resolveKey(call, bucket, chosen.kmsKeyId),
    bucketKeyEnabled: enabled === undefined ? chosen.bucketKeyEnabled : enabled === 'true',
  }
}

/** The keys that a policy may ask of a request with encryption headers. */
export function encryptionContext({ headers }: Call): Record<string, string | undefined> {
  return { [`s3:${HEADER}`]: headers.get(HEADER), [`s3:${KEY_HEADER}`]: headers.get(KEY_HEADER) }
}

export function encryptionHeaders(encryption: ObjectEncryption): AnswerHeaders {
  if (encryption.algorithm === 'AES256') return { [HEADER]: 'AES256' }
  return {
    [HEADER]: 'aws:kms',
    [KEY_HEADER]: encryption.keyArn,
    [BUCKET_KEY_HEADER]: encryption.bucketKeyEnabled ? 'true' : undefined,
  }
}

/** A key's id alone, or no key, is one of the caller's account. Throws when there is no such key. */
function resolveKey(call: Call, bucket: Bucket, keyId: string | undefined): string {
  const { kmsKeys } = call.storage
  const { principal } = call.caller
  const accountId = principal === 'anonymous' ? bucket.ownerAccountId : principal.accountId
  if (keyId === undefined) return kmsKeys.managedKey(accountId, bucket.region)
  const isArn = keyId.startsWith('arn:')
  const arn = isArn ? keyId : `arn:aws:kms:${bucket.region}:${accountId}:key/${keyId}`
  const parsed = parseArn(arn)
  if (parsed?.service !== 'kms' || !/^(key|alias)\//.test(parsed.resource)) {
    throw kmsNotFound(`Invalid keyId '${keyId}'`)
  }
  if (parsed.region !== bucket.region) throw kmsNotFound(`Invalid arn ${parsed.region}`)
  if (kmsKeys.findPolicy(arn) === undefined) throw kmsNotFound(`Key '${arn}' does not exist`)
  return arn
}

function kmsNotFound(message: string): AwsError {
  return new AwsError('KMS.NotFoundException', 400, message)
}

/**
 * Asks the key's policy, as S3 does in the caller's name. The key policy must allow, also within one
 * account; when it names the account, the caller's own policies must allow as well.
 * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
 */
export function requireKey(
  call: Call,
  bucket: Bucket,
  use: {
    encryption: ObjectEncryption
    action: 'kms:GenerateDataKey' | 'kms:Decrypt'
    key?: string
  },
): void {
  const { encryption, action, key = call.key } = use
  if (encryption.algorithm === 'AES256') return
  const { keyArn, bucketKeyEnabled } = encryption
  const { principal, context } = call.caller
  const accountId = parseArn(keyArn)?.accountId ?? ''
  const policy = call.storage.kmsKeys.findPolicy(keyArn)
  if (policy === undefined) throw kmsNotFound(`Key '${keyArn}' does not exist`)
  const decision = evaluateAssumeRole(
    {
      principal,
      action,
      resource: keyArn,
      resourceAccountId: accountId,
      context: {
        ...context,
        'aws:ViaAWSService': 'true',
        'aws:CalledVia': ['s3.amazonaws.com'],
        'kms:ViaService': `s3.${bucket.region}.amazonaws.com`,
        ...(principal !== 'anonymous' && { 'kms:CallerAccount': principal.accountId }),
        'kms:EncryptionContextKeys': ['aws:s3:arn'],
        'kms:EncryptionContext:aws:s3:arn': `arn:aws:s3:::${bucket.name}${bucketKeyEnabled ? '' : `/${key}`}`,
      },
    },
    {
      ...policiesOver(call.caller, { action, resourceAccountId: accountId }),
      trust: readPolicy(policy, 'resource'),
    },
  )
  if (decision.allowed) checkState(call, keyArn)
  else throw accessDenied(denialText(call.caller, { action, resource: keyArn }, decision))
}

/** Who may not use the key does not learn its state. */
function checkState(call: Call, keyArn: string): void {
  switch (call.storage.kmsKeys.stateOf(keyArn)) {
    case 'Enabled':
      return
    case 'Disabled':
      throw new AwsError('KMS.DisabledException', 400, `${keyArn} is disabled.`)
    case 'PendingDeletion':
      throw new AwsError('KMS.KMSInvalidStateException', 400, `${keyArn} is pending deletion.`)
  }
}

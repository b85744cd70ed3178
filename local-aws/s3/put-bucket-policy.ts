import { type PolicyDocument, PolicyError } from '@sluice/iam'
import { callerName } from '../authorize.ts'
import { AwsError } from '../errors.ts'
import { readPolicy } from '../policy-texts.ts'
import { storePrincipals } from '../principals.ts'
import { authorizeBucket, getBucket } from './bucket-access.ts'
import type { Bucket } from './buckets.ts'
import { type Call, sendEmpty } from './call.ts'
import { isPublicPolicy } from './public-policy.ts'
import { receiveText } from './request-body.ts'
import { accessDenied, methodNotAllowed } from './s3-errors.ts'

const POLICY_BYTES_MAX = 20 * 1024

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
export async function putBucketPolicy(call: Call): Promise<void> {
  const bucket = getBucket(call)
  authorizePolicy(call, bucket, 's3:PutBucketPolicy')
  const text = await receiveText(call)
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) {
    throw malformedPolicy('Policy exceeds the maximum allowed document size.')
  }
  checkPolicy(parse(text), bucket)
  const stored = storePrincipals(call.storage.state.identities, text)
  if ('unknown' in stored) {
    const members = { Detail: `"AWS" : "${stored.unknown}"` }
    throw new AwsError('MalformedPolicy', 400, 'Invalid principal in policy', { members })
  }
  const policy = readPolicy(stored.text, 'resource')
  if (bucket.publicAccessBlock?.BlockPublicPolicy && isPublicPolicy(policy)) {
    throw accessDenied(
      `User: ${callerName(call.caller)} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${bucket.name}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    )
  }
  call.storage.buckets.put({ ...getBucket(call), policy: stored.text })
  sendEmpty(call, 204)
}

/** Whoever is allowed to, another account's principals cannot manage a bucket's policy. */
export function authorizePolicy(call: Call, bucket: Bucket, action: string): void {
  authorizeBucket(call, bucket, action)
  const { principal } = call.caller
  if (principal === 'anonymous' || principal.accountId !== bucket.ownerAccountId) {
    throw methodNotAllowed()
  }
}

function parse(text: string): PolicyDocument {
  try {
    return readPolicy(text, 'resource')
  } catch (error) {
    if (error instanceof PolicyError) throw malformedPolicy(error.message)
    throw error
  }
}

/** A bucket's policy is about S3 and this bucket. */
function checkPolicy(policy: PolicyDocument, bucket: Bucket): void {
  const arn = `arn:aws:s3:::${bucket.name}`
  for (const statement of policy.Statement) {
    for (const action of [...(statement.Action ?? []), ...(statement.NotAction ?? [])]) {
      if (!/^(\*|s3:.+)$/i.test(action)) throw malformedPolicy('Policy has invalid action')
    }
    for (const resource of [...(statement.Resource ?? []), ...(statement.NotResource ?? [])]) {
      const isOfBucket =
        resource === arn || resource.startsWith(`${arn}/`) || resource === `${arn}*`
      if (!isOfBucket) throw malformedPolicy('Policy has invalid resource')
    }
  }
}

function malformedPolicy(message: string): AwsError {
  return new AwsError('MalformedPolicy', 400, message)
}

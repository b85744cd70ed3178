import { AwsError } from '../errors.ts'
import { requestContext, requireAccess } from './bucket-access.ts'
import { isBucketName } from './bucket-name.ts'
import { type Bucket, type ObjectOwnership, objectOwnerships } from './buckets.ts'
import { type Call, sendEmpty } from './call.ts'
import { receiveText } from './request-body.ts'
import {
  accessDenied,
  invalidArgument,
  invalidBucketName,
  notImplementedHeader,
} from './s3-errors.ts'
import { readXml } from './xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export async function createBucket(call: Call): Promise<void> {
  const { caller, bucketName, storage } = call
  const { principal } = caller
  if (principal === 'anonymous') throw accessDenied()
  const constraint = readConstraint(await receiveText(call))
  const ownership = readOwnership(call)
  authorizeCreation(call, { accountId: principal.accountId, constraint })
  if (!isBucketName(bucketName)) throw invalidBucketName(bucketName)
  const region = regionOf(constraint, caller.region)
  const existing = storage.buckets.find(bucketName)
  if (existing) refuseExisting(existing, principal.accountId, region)
  else {
    storage.buckets.put({
      name: bucketName,
      ownerAccountId: principal.accountId,
      region,
      created: call.now.toISOString(),
      ownership,
      publicAccessBlock: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
      encryption: { algorithm: 'AES256', bucketKeyEnabled: false },
      ...(isLocked(call) && { objectLock: {} }),
    })
  }
  sendEmpty(call, 200, { location: `/${bucketName}` })
}

function authorizeCreation(
  call: Call,
  { accountId, constraint }: { accountId: string; constraint: string | undefined },
): void {
  const context = {
    ...requestContext(call),
    ...(constraint && { 's3:locationconstraint': constraint }),
  }
  const actions = ['s3:CreateBucket']
  if (call.headers.has('x-amz-object-ownership')) actions.push('s3:PutBucketOwnershipControls')
  if (isLocked(call)) actions.push('s3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning')
  for (const action of actions) {
    const resource = `arn:aws:s3:::${call.bucketName}`
    requireAccess(call, { action, resource, resourceAccountId: accountId, context })
  }
}

function isLocked({ headers }: Call): boolean {
  return headers.get('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true'
}

function readConstraint(body: string): string | undefined {
  if (body.trim() === '') return undefined
  const configuration = readXml(body, 'CreateBucketConfiguration')
  for (const name of ['Location', 'Bucket', 'Tags']) {
    if (configuration.child(name)) throw notImplementedHeader(name)
  }
  return configuration.text('LocationConstraint')?.trim() || undefined
}

function readOwnership(call: Call): ObjectOwnership {
  const given = call.headers.get('x-amz-object-ownership') ?? 'BucketOwnerEnforced'
  const ownership = objectOwnerships.find((it) => it === given)
  if (!ownership) throw invalidArgument('Invalid ObjectOwnership', 'x-amz-object-ownership', given)
  const acl = call.headers.get('x-amz-acl') ?? 'private'
  if (acl === 'private') return ownership
  if (ownership !== 'BucketOwnerEnforced') throw notImplementedHeader('x-amz-acl')
  throw new AwsError(
    'InvalidBucketAclWithObjectOwnership',
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  )
}

/** A request signed for us-east-1 may make a bucket anywhere, another one only at home. */
function regionOf(constraint: string | undefined, signedRegion: string): string {
  if (constraint === 'EU') return regionOf('eu-west-1', signedRegion)
  if (constraint === undefined) {
    if (signedRegion === 'us-east-1') return signedRegion
    throw illegalLocation('unspecified')
  }
  const isRegion = /^[a-z]{2}(-[a-z]+){1,2}-\d$/.test(constraint)
  if (!isRegion || constraint === 'us-east-1') {
    throw new AwsError(
      'InvalidLocationConstraint',
      400,
      'The specified location-constraint is not valid',
      { members: { LocationConstraint: constraint } },
    )
  }
  if (signedRegion !== constraint && signedRegion !== 'us-east-1') throw illegalLocation(constraint)
  return constraint
}

function illegalLocation(constraint: string): AwsError {
  return new AwsError(
    'IllegalLocationConstraintException',
    400,
    `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  )
}

/** In us-east-1 alone, making one's own bucket again succeeds. */
function refuseExisting(existing: Bucket, accountId: string, region: string): void {
  const members = { BucketName: existing.name }
  if (existing.ownerAccountId !== accountId) {
    throw new AwsError(
      'BucketAlreadyExists',
      409,
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
      { members },
    )
  }
  if (existing.region === 'us-east-1' && region === 'us-east-1') return
  throw new AwsError(
    'BucketAlreadyOwnedByYou',
    409,
    'Your previous request to create the named bucket succeeded and you already own it.',
    { members },
  )
}

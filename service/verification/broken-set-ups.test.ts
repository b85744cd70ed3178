import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  PutRolePermissionsBoundaryCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  policyOf,
  type Rehearsal,
  rehearse,
  startWorld,
  type World,
  type WorldOrganization,
} from '#testing'
import type { CauseCode } from './causes.ts'

// What people get wrong, one a row: verification must stop at that step and name that cause.

let world: World
before(async () => {
  world = await startWorld({ iamDelayMs: 0, probePauseMs: 1 })
})
after(() => world.close())

type Statement = Record<string, unknown>
type Members = Parameters<typeof rehearse>[2]

interface SetUp {
  what: string
  /** Where it stops, and the cause that is named first. */
  step: string
  cause: CauseCode
  /** The cause is one of several that AWS does not tell apart. */
  isAmongOthers?: true
  members?: Members | ((organization: WorldOrganization) => Members)
  /** The bucket is another account's, which does this with it. */
  makeElsewhere?: (setUp: Rehearsal, owner: S3Client) => Promise<void>
  trust?: (setUp: Rehearsal) => Statement[]
  permissions?: (setUp: Rehearsal) => Statement[]
  make?: (setUp: Rehearsal) => Promise<void>
}

const allow = ({ principalArn }: Rehearsal, more: Statement = {}): Statement => ({
  Effect: 'Allow',
  Principal: { AWS: principalArn },
  Action: 'sts:AssumeRole',
  ...more,
})
const demand = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
})
const id = 'sts:ExternalId'

/** In place of bucket, role and permissions as they should be. */
const setUps: SetUp[] = [
  {
    what: 'no role',
    step: 'ROLE',
    cause: 'ROLE_MISSING',
    isAmongOthers: true,
    make: (it) => it.createBucket(),
  },
  {
    what: 'a trust policy with another external id',
    step: 'ROLE',
    cause: 'EXTERNAL_ID_DIFFERS',
    trust: (it) => [allow(it, demand('StringEquals', id, 'something-else-altogether'))],
  },
  {
    what: 'a trust policy with the id and a line break behind it',
    step: 'ROLE',
    cause: 'EXTERNAL_ID_DIFFERS',
    trust: (it) => [allow(it, demand('StringEquals', id, `${it.output.externalId}\n`))],
  },
  {
    what: 'a trust policy with the external id in capitals',
    step: 'ROLE',
    cause: 'EXTERNAL_ID_IN_CAPITALS',
    trust: (it) => [allow(it, demand('StringEquals', id, it.output.externalId.toUpperCase()))],
  },
  {
    what: 'a trust policy that names another user of Sluice’s account',
    step: 'ROLE',
    cause: 'PRINCIPAL_DIFFERS',
    isAmongOthers: true,
    trust: (it) => [
      allow(it, {
        Principal: { AWS: it.organization.aws.accountId },
        ...demand('StringEquals', id, it.output.externalId),
      }),
    ],
  },
  {
    what: 'a trust policy with another session name',
    step: 'ROLE',
    cause: 'SESSION_NAME_PINNED',
    isAmongOthers: true,
    trust: (it) => [
      allow(it, {
        Condition: {
          StringEquals: { [id]: it.output.externalId, 'sts:RoleSessionName': 'sluice' },
        },
      }),
    ],
  },
  {
    what: 'a trust policy that asks for MFA',
    step: 'ROLE',
    cause: 'TRUST_CONDITION_UNMET',
    isAmongOthers: true,
    trust: (it) => [
      allow(it, {
        Condition: {
          StringEquals: { [id]: it.output.externalId },
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        },
      }),
    ],
  },
  {
    what: 'a trust policy that denies',
    step: 'ROLE',
    cause: 'TRUST_POLICY_DENIES',
    trust: (it) => [
      allow(it, demand('StringEquals', id, it.output.externalId)),
      { ...allow(it), Effect: 'Deny' },
    ],
  },
  {
    what: 'an action that is no sts:AssumeRole',
    step: 'ROLE',
    cause: 'TRUST_CONDITION_UNMET',
    isAmongOthers: true,
    trust: (it) => [
      allow(it, {
        Action: 'sts:TagSession',
        ...demand('StringEquals', id, it.output.externalId),
      }),
    ],
  },
  {
    what: 'a role without the path that the output’s ARN has',
    step: 'ROLE',
    cause: 'ROLE_PATH_DIFFERS',
    members: { rolePath: '/media/' },
    make: async (it) => {
      await it.createBucket()
      const trust = policyOf([allow(it, demand('StringEquals', id, it.output.externalId))])
      const role = { RoleName: it.roleName, AssumeRolePolicyDocument: trust }
      await it.iam.send(new CreateRoleCommand(role))
    },
  },
  {
    what: 'a trust policy without a condition',
    step: 'EXTERNAL_ID',
    cause: 'NO_EXTERNAL_ID_CONDITION',
    trust: (it) => [allow(it)],
  },
  {
    what: 'a second statement without the condition',
    step: 'EXTERNAL_ID',
    cause: 'NO_EXTERNAL_ID_CONDITION',
    trust: (it) => [allow(it, demand('StringEquals', id, it.output.externalId)), allow(it)],
  },
  {
    what: 'a condition on another key',
    step: 'EXTERNAL_ID',
    cause: 'NO_EXTERNAL_ID_CONDITION',
    trust: (it) => [allow(it, demand('StringLike', 'sts:RoleSessionName', 'sluice-*'))],
  },
  {
    what: 'StringEqualsIfExists',
    step: 'EXTERNAL_ID',
    cause: 'EXTERNAL_ID_OPTIONAL',
    trust: (it) => [allow(it, demand('StringEqualsIfExists', id, it.output.externalId))],
  },
  {
    what: 'StringLike "*"',
    step: 'EXTERNAL_ID',
    cause: 'ANY_EXTERNAL_ID_ACCEPTED',
    trust: (it) => [allow(it, demand('StringLike', id, '*'))],
  },
  {
    what: 'Null false, any id that is there',
    step: 'EXTERNAL_ID',
    cause: 'ANY_EXTERNAL_ID_ACCEPTED',
    trust: (it) => [allow(it, demand('Null', id, 'false'))],
  },
  {
    what: 'StringLike with our form',
    step: 'EXTERNAL_ID',
    cause: 'EXTERNAL_ID_WILDCARD',
    trust: (it) => [allow(it, demand('StringLike', id, '????????-????-4???-????-????????????'))],
  },
  {
    what: 'StringLike with a wildcard at the id’s end',
    step: 'EXTERNAL_ID',
    cause: 'EXTERNAL_ID_WILDCARD',
    trust: (it) => [allow(it, demand('StringLike', id, `${it.output.externalId.slice(0, 8)}*`))],
  },
  {
    what: 'StringLike with a wildcard at the id’s beginning',
    step: 'EXTERNAL_ID',
    cause: 'EXTERNAL_ID_WILDCARD',
    trust: (it) => [allow(it, demand('StringLike', id, `*${it.output.externalId.slice(8)}`))],
  },
  {
    what: 'StringNotEquals',
    step: 'ROLE',
    cause: 'EXTERNAL_ID_EXCLUDED',
    trust: (it) => [allow(it, demand('StringNotEquals', id, it.output.externalId))],
  },
  {
    what: 'no bucket',
    step: 'BUCKET',
    cause: 'BUCKET_MISSING',
    make: async (it) => {
      await it.createRole()
      await it.putPermissions([{ Effect: 'Allow', Action: 's3:*', Resource: '*' }])
    },
  },
  {
    what: 'a bucket in another region than the output says',
    step: 'BUCKET',
    cause: 'BUCKET_IN_OTHER_REGION',
    members: { cloudRegion: 'EU_WEST_1' },
  },
  {
    what: 'a bucket of another account',
    step: 'WRITE',
    cause: 'BUCKET_OWNER_DIFFERS',
    members: { expectedBucketOwner: '999999999999' },
    isAmongOthers: true,
  },
  {
    what: 'a role without permissions',
    step: 'WRITE',
    cause: 'ROLE_LACKS_PERMISSION',
    make: async (it) => {
      await it.createBucket()
      await it.createRole()
    },
  },
  {
    what: 'permissions for another prefix',
    step: 'WRITE',
    cause: 'ROLE_LACKS_PERMISSION',
    permissions: (it) => [
      {
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${it.bucketName}/other/*`,
      },
    ],
  },
  {
    what: 'permissions for the bucket instead of its objects',
    step: 'WRITE',
    cause: 'ROLE_LACKS_PERMISSION',
    permissions: (it) => [
      { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${it.bucketName}` },
    ],
  },
  {
    what: 'a Deny in the role’s own policy',
    step: 'WRITE',
    cause: 'ROLE_POLICY_DENIES',
    permissions: () => [
      { Effect: 'Allow', Action: 's3:*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' },
    ],
  },
  {
    what: 'a bucket policy that denies the role',
    step: 'WRITE',
    cause: 'BUCKET_POLICY_DENIES',
    make: async (it) => {
      await makeRight(it)
      await it.putBucketPolicy([
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:PutObject',
          Resource: `arn:aws:s3:::${it.bucketName}/*`,
          Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
        },
      ])
    },
  },
  {
    what: 'a bucket policy that asks for a VPC',
    step: 'WRITE',
    cause: 'BUCKET_POLICY_DENIES',
    make: async (it) => {
      await makeRight(it)
      await it.putBucketPolicy([
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [`arn:aws:s3:::${it.bucketName}`, `arn:aws:s3:::${it.bucketName}/*`],
          Condition: {
            StringNotEquals: { 'aws:SourceVpce': 'vpce-1a2b3c4d' },
            ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${it.accountId}:user/*` },
          },
        },
      ])
    },
  },
  {
    what: 'a permissions boundary without S3',
    step: 'WRITE',
    cause: 'PERMISSIONS_BOUNDARY_LIMITS',
    make: async (it) => {
      await makeRight(it)
      const PolicyDocument = policyOf([{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }])
      const made = await it.iam.send(
        new CreatePolicyCommand({ PolicyName: `boundary-${it.roleName}`, PolicyDocument }),
      )
      const PermissionsBoundary = made.Policy?.Arn
      await it.iam.send(
        new PutRolePermissionsBoundaryCommand({ RoleName: it.roleName, PermissionsBoundary }),
      )
    },
  },
  {
    what: 'a service control policy that denies',
    step: 'WRITE',
    cause: 'SERVICE_CONTROL_POLICY_DENIES',
    make: async (it) => {
      await makeRight(it)
      const denial = { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' }
      await world.aws.setOrganizationPolicies({
        accountId: it.accountId,
        serviceControl: ['FullAWSAccess', policyOf([denial])],
      })
    },
  },
  {
    what: 'a resource control policy that denies writing',
    step: 'WRITE',
    cause: 'RESOURCE_CONTROL_POLICY_DENIES',
    make: async (it) => {
      await makeRight(it)
      const denial = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: '*' }
      await world.aws.setOrganizationPolicies({
        accountId: it.accountId,
        resourceControl: [policyOf([denial])],
      })
    },
  },
  {
    what: 'a resource control policy that keeps strangers out of roles',
    step: 'ROLE',
    cause: 'RESOURCE_CONTROL_POLICY_DENIES',
    make: async (it) => {
      await makeRight(it)
      const denial = {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sts:AssumeRole',
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:PrincipalAccount': it.accountId } },
      }
      await world.aws.setOrganizationPolicies({
        accountId: it.accountId,
        resourceControl: [policyOf([denial])],
      })
    },
  },
  {
    what: 'a VPC endpoint policy that denies',
    step: 'WRITE',
    cause: 'VPC_ENDPOINT_POLICY_DENIES',
    make: async (it) => {
      await makeRight(it)
      world.aws.faults.add({
        service: 's3',
        operation: 'CreateMultipartUpload',
        kind: 'error',
        status: 403,
        code: 'AccessDenied',
        message:
          `User: arn:aws:sts::${it.accountId}:assumed-role/${it.roleName}/x is not authorized to ` +
          'perform: s3:PutObject because no VPC endpoint policy allows the s3:PutObject action',
        where: { bucket: it.bucketName },
      })
    },
  },
  {
    what: 'a bucket of another account whose policy does not know the role',
    step: 'WRITE',
    cause: 'BUCKET_POLICY_LACKS_ROLE',
    isAmongOthers: true,
    makeElsewhere: async () => {},
  },
  {
    what: 'a bucket of another account whose requesters pay',
    step: 'WRITE',
    cause: 'REQUESTER_PAYS',
    makeElsewhere: async (it, owner) => {
      const Policy = policyOf([
        {
          Effect: 'Allow',
          Principal: { AWS: it.output.roleArn },
          Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
          Resource: `arn:aws:s3:::${it.bucketName}/*`,
        },
      ])
      await owner.send(new PutBucketPolicyCommand({ Bucket: it.bucketName, Policy }))
      const RequestPaymentConfiguration = { Payer: 'Requester' as const }
      const Bucket = it.bucketName
      await owner.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration }))
    },
  },
  {
    what: 'a disabled KMS key',
    step: 'WRITE',
    cause: 'KEY_DISABLED',
    make: async (it) => {
      const arn = await makeEncrypted(it)
      world.aws.setKmsKeyState({ arn, state: 'Disabled' })
    },
  },
  {
    what: 'a KMS key that the role may not use',
    step: 'WRITE',
    cause: 'KEY_NOT_PERMITTED',
    make: async (it) => {
      await makeEncrypted(it)
      await it.putPermissions()
    },
  },
  {
    what: 'a KMS key that is not there',
    step: 'WRITE',
    cause: 'KEY_MISSING',
    members: ({ aws }) => ({
      kmsKeyArn: `arn:aws:kms:us-east-1:${aws.accountId}:key/00000000-0000-4000-8000-000000000000`,
    }),
    permissions: () => [{ Effect: 'Allow', Action: ['s3:PutObject', 'kms:*'], Resource: '*' }],
  },
]

/** Makes a role that may use the key with which the bucket encrypts by default. Answers the key's ARN. */
async function makeEncrypted(it: Rehearsal): Promise<string> {
  const { accountId, bucketName: Bucket } = it
  const arn = world.aws.createKmsKey({ accountId, region: 'us-east-1' })
  await it.createBucket()
  await it.createRole()
  await it.putPermissions([{ Effect: 'Allow', Action: ['s3:PutObject', 'kms:*'], Resource: '*' }])
  const byDefault = { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: arn }
  const Rules = [{ ApplyServerSideEncryptionByDefault: byDefault }]
  await it.s3.send(
    new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }),
  )
  return arn
}

async function makeRight(it: Rehearsal, { trust, permissions }: Partial<SetUp> = {}) {
  await it.createBucket()
  await it.createRole(trust?.(it))
  await it.putPermissions(permissions?.(it))
}

async function startRehearsal(organization: WorldOrganization, setUp: SetUp): Promise<Rehearsal> {
  const { members, make, makeElsewhere } = setUp
  const chosen = typeof members === 'function' ? members(organization) : members
  if (makeElsewhere === undefined) {
    const it = await rehearse(world, organization, chosen)
    await (make ?? ((each) => makeRight(each, setUp)))(it)
    return it
  }
  const owner = await world.aws.createAccount()
  const it = await rehearse(world, organization, { expectedBucketOwner: owner.accountId })
  await it.createRole()
  await it.putPermissions([{ Effect: 'Allow', Action: 's3:*', Resource: '*' }])
  const { endpointUrl: endpoint } = world.aws
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials: owner })
  await s3.send(new CreateBucketCommand({ Bucket: it.bucketName }))
  await makeElsewhere(it, s3)
  s3.destroy()
  return it
}

for (const setUp of setUps)
  test(`${setUp.what}: ${setUp.step} fails for ${setUp.cause}`, async () => {
    const organization = await world.createOrganization()
    using it = await startRehearsal(organization, setUp)
    const { verdict, steps } = await it.client.outputs.s3RoleBased.verify(it.output.id)
    const failed = steps.find(({ status }) => status !== 'PASSED')
    assert.deepEqual([verdict, failed?.name, failed?.status], ['FAILED', setUp.step, 'FAILED'])
    assert(failed?.code && failed.remedy && failed.actor === 'CUSTOMER', JSON.stringify(failed))
    const causes = failed.causes.map(({ code }) => code)
    if (setUp.isAmongOthers) assert(causes.includes(setUp.cause), causes.join())
    else assert.equal(causes[0], setUp.cause, `${causes.join()}: ${failed.message}`)
    const rest = steps.slice(steps.indexOf(failed) + 1)
    assert(rest.every(({ status }) => status === 'SKIPPED'))
  })

for (const [what, members, make] of [
  ['with PutObject on the prefix alone', { cloudRegion: 'US_EAST_1' }, makeRight],
  ['whose region is looked up', {}, makeRight],
  ['with a path in the role’s ARN', { rolePath: '/a/b/' }, makeRight],
  ['of the whole bucket', { pathPrefix: undefined }, makeRight],
  ['with a prefix of odd characters', { pathPrefix: `größe & ${'$'}{x}*?/` }, makeRightEscaped],
  [
    'whose account has STS off in the bucket’s region',
    { cloudRegion: 'EU_WEST_1' },
    makeWithoutSts,
  ],
  ['with Object Lock and a default retention', { cloudRegion: 'US_EAST_1' }, makeLocked],
] as const)
  test(`a right set-up ${what} passes, and leaves nothing in the bucket`, async () => {
    using it = await rehearse(world, await world.createOrganization(), { ...members })
    await make(it)
    const report = await it.client.outputs.s3RoleBased.verify(it.output.id)
    assert.equal(report.verdict, 'PASSED', JSON.stringify(report.steps.at(-2)))
    const { KeyCount } = await it.s3.send(new ListObjectsV2Command({ Bucket: it.bucketName }))
    assert.equal(KeyCount, 0)
  })

function makeRightEscaped(it: Rehearsal): Promise<void> {
  const Resource = `arn:aws:s3:::${it.bucketName}/größe & \${$}{x}\${*}\${?}/*`
  return makeRight(it, {
    permissions: () => [{ Effect: 'Allow', Action: 's3:PutObject', Resource }],
  })
}

async function makeWithoutSts(it: Rehearsal): Promise<void> {
  const { accountId } = it
  await it.createBucket('eu-west-1')
  await it.createRole()
  await it.putPermissions()
  await world.aws.deactivateStsRegions({ accountId, regions: ['eu-west-1'] })
}

async function makeLocked(it: Rehearsal): Promise<void> {
  const { bucketName: Bucket } = it
  await it.s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
  const Rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 1 } }
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule }
  await it.s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }))
  await it.createRole()
  await it.putPermissions()
}

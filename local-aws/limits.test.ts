import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  GetPolicyCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { assertRefused, clientOptions, openClients, policyText, startAws } from './testing.ts'

// What limits a role that its own policies let do everything: a permissions boundary, an
// organization's policies, STS regions, a session policy and the bucket's own policy.

const CUSTOMER = '111122223333'
const SERVICE = '444455556666'
const Bucket = 'samples-of-limits'
const RoleArn = `arn:aws:iam::${CUSTOMER}:role/exports`
const user = `User: arn:aws:sts::${CUSTOMER}:assumed-role/exports/sluice-1 is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${Bucket}/a"`
const everything = policyText({ Effect: 'Allow', Action: '*', Resource: '*' })
const allBut = (Action: string) =>
  policyText(
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action, Resource: '*' },
  )

async function start(t: TestContext) {
  const aws = await startAws(t)
  const customer = await aws.createAccount({ accountId: CUSTOMER })
  const service = await aws.createAccount({ accountId: SERVICE })
  const serviceUser = await aws.createServiceUser(service, 'sluice')
  const { iam } = openClients(t, aws, customer)
  const { sts } = openClients(t, aws, serviceUser)
  const owner = new S3Client(clientOptions(aws, customer))
  t.after(() => owner.destroy())
  const LocationConstraint = 'eu-central-1'
  await owner.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }),
  )
  const Principal = { AWS: serviceUser.arn }
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'exports',
      AssumeRolePolicyDocument: policyText({
        Effect: 'Allow',
        Principal,
        Action: 'sts:AssumeRole',
      }),
    }),
  )
  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'exports', PolicyName: 'a', PolicyDocument: everything }),
  )
  const assume = (Policy?: string) =>
    sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'sluice-1', ...(Policy && { Policy }) }),
    )
  /** Through a session of the role. */
  async function put(Policy?: string) {
    const { Credentials: keys } = await assume(Policy)
    const session = new S3Client(
      clientOptions(aws, {
        accessKeyId: keys?.AccessKeyId ?? '',
        secretAccessKey: keys?.SecretAccessKey ?? '',
        sessionToken: keys?.SessionToken ?? '',
      }),
    )
    t.after(() => session.destroy())
    return session.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
  }
  return { aws, iam, owner, assume, put, serviceUser }
}

test('a boundary limits a role, is shown, and goes', async (t) => {
  const { iam, put } = await start(t)
  const PolicyDocument = policyText({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })
  const { Policy: policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'narrow', PolicyDocument }),
  )
  const PermissionsBoundary = policy?.Arn ?? ''
  const missing = { RoleName: 'exports', PermissionsBoundary: `${PermissionsBoundary}-none` }
  await assertRefused(iam.send(new PutRolePermissionsBoundaryCommand(missing)), 'NoSuchEntity')
  await iam.send(
    new PutRolePermissionsBoundaryCommand({ RoleName: 'exports', PermissionsBoundary }),
  )
  await assertRefused(
    put(),
    'AccessDenied',
    `${user} because no permissions boundary allows the s3:PutObject action`,
  )
  const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: 'exports' }))
  assert.equal(role?.PermissionsBoundary?.PermissionsBoundaryArn, PermissionsBoundary)
  const named = { PolicyArn: PermissionsBoundary }
  const { Policy: used } = await iam.send(new GetPolicyCommand(named))
  assert.equal(used?.PermissionsBoundaryUsageCount, 1)
  await assertRefused(iam.send(new DeletePolicyCommand(named)), 'DeleteConflict')
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'exports' }))
  await put()
  const again = iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'exports' }))
  await assertRefused(again, 'NoSuchEntity')
  await iam.send(new DeletePolicyCommand(named))
})

test('a role is made with a boundary', async (t) => {
  const { iam } = await start(t)
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
  const Principal = { AWS: SERVICE }
  const trust = policyText({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' })
  const { Role: role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'bounded',
      AssumeRolePolicyDocument: trust,
      PermissionsBoundary,
    }),
  )
  assert.equal(role?.PermissionsBoundary?.PermissionsBoundaryArn, PermissionsBoundary)
})

test('a service control policy over the account denies, or does not allow', async (t) => {
  const { aws, put } = await start(t)
  const set = (...serviceControl: string[]) =>
    aws.setOrganizationPolicies({ accountId: CUSTOMER, serviceControl })
  await set('FullAWSAccess', policyText({ Effect: 'Deny', Action: 's3:Put*', Resource: '*' }))
  await assertRefused(
    put(),
    'AccessDenied',
    `${user} with an explicit deny in a service control policy`,
  )
  await set(policyText({ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }))
  await assertRefused(
    put(),
    'AccessDenied',
    `${user} because no service control policy allows the s3:PutObject action`,
  )
  await set('FullAWSAccess')
  await put()
})

test('a service control policy over the caller keeps it from assuming roles', async (t) => {
  const { aws, assume, serviceUser } = await start(t)
  await aws.setOrganizationPolicies({ accountId: SERVICE, serviceControl: [allBut('sts:*')] })
  const who = `User: ${serviceUser.arn} is not authorized to perform: sts:AssumeRole`
  await assertRefused(
    assume(),
    'AccessDenied',
    `${who} on resource: ${RoleArn} with an explicit deny in a service control policy`,
  )
})

test('a resource control policy over the account denies roles and objects', async (t) => {
  const { aws, assume, put } = await start(t)
  const set = (Action: string) =>
    aws.setOrganizationPolicies({
      accountId: CUSTOMER,
      resourceControl: [policyText({ Effect: 'Deny', Principal: '*', Action, Resource: '*' })],
    })
  await set('sts:AssumeRole')
  await assertRefused(assume(), 'AccessDenied', 'an explicit deny in a resource control policy')
  await set('s3:PutObject')
  await assertRefused(
    put(),
    'AccessDenied',
    `${user} with an explicit deny in a resource control policy`,
  )
  await aws.setOrganizationPolicies({ accountId: CUSTOMER })
  await put()
})

test('what is no policy of an organization is refused', async (t) => {
  const { aws } = await start(t)
  for (const [policies, message] of [
    [{ serviceControl: ['{'] }, /serviceControl is none/],
    [{ resourceControl: [everything] }, /resourceControl is none: .*Principal/],
    [{ serviceControl: Array(6).fill('FullAWSAccess') }, /at most 5 policies/],
  ] as const) {
    const answer = aws.setOrganizationPolicies({ accountId: CUSTOMER, ...policies })
    await assert.rejects(answer, { name: 'TypeError', message })
  }
  const unknown = aws.setOrganizationPolicies({ accountId: '999999999999', serviceControl: [] })
  await assert.rejects(unknown, /999999999999 cannot be found/)
})

test('session, identity and bucket policies are named by the denial', async (t) => {
  const { iam, owner, put } = await start(t)
  await assertRefused(
    put(policyText({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })),
    'AccessDenied',
    `${user} because no session policy allows the s3:PutObject action`,
  )
  await owner.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: policyText({
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
      }),
    }),
  )
  await assertRefused(
    put(),
    'AccessDenied',
    `${user} with an explicit deny in a resource-based policy`,
  )
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'exports',
      PolicyName: 'a',
      PolicyDocument: allBut('s3:PutObject'),
    }),
  )
  await assertRefused(
    put(),
    'AccessDenied',
    `${user} with an explicit deny in an identity-based policy`,
  )
})

test('STS gives no credentials of an account in a region that it deactivated', async (t) => {
  const { aws, assume, serviceUser } = await start(t)
  const deactivate = (...regions: string[]) =>
    aws.deactivateStsRegions({ accountId: CUSTOMER, regions })
  await assert.rejects(deactivate('us-east-1'), /cannot be deactivated in us-east-1/)
  await deactivate('eu-central-1')
  await assertRefused(assume(), 'RegionDisabledException', `for account:${CUSTOMER}`)
  const elsewhere = new STSClient({ ...clientOptions(aws, serviceUser), region: 'us-east-1' })
  t.after(() => elsewhere.destroy())
  await elsewhere.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'sluice-1' }))
  await deactivate()
  await assume()
})

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  ListAttachedRolePoliciesCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import { assertRefused, openClients, policyText, startAws } from '../testing.ts'

const ACCOUNT = '111122223333'
const OTHER = '444455556666'
const RoleName = 'exports'
const PolicyName = 'write'
const S3_FULL = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
const trustAccount = policyText({
  Effect: 'Allow',
  Principal: { AWS: ACCOUNT },
  Action: 'sts:AssumeRole',
})
const mayPut = policyText({ Effect: 'Allow', Action: 's3:PutObject', Resource: '*' })

test('a user without permission is refused, whatever the call is about', async (t) => {
  const { aws, iam } = await startIam(t)
  const { powerless } = await makeUser(t, { aws, iam })
  const resource = `arn:aws:iam::${ACCOUNT}:role/exports`
  await assertRefused(
    powerless.send(new GetRoleCommand({ RoleName })),
    'AccessDenied',
    `User: arn:aws:iam::${ACCOUNT}:user/powerless is not authorized to perform: iam:GetRole on resource: ${resource} because no identity-based policy allows the iam:GetRole action`,
  )
  for (const call of [
    powerless.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustAccount })),
    powerless.send(new CreateAccessKeyCommand({ UserName: 'administrator' })),
    powerless.send(new ListUsersCommand({})),
    powerless.send(new AttachUserPolicyCommand({ UserName: 'powerless', PolicyArn: S3_FULL })),
  ]) {
    await assertRefused(call, 'AccessDenied', 'is not authorized to perform: iam:')
  }
})

test('an explicit deny wins over AdministratorAccess, and is named', async (t) => {
  const { iam } = await startIam(t)
  const deny = policyText({ Effect: 'Deny', Action: 'iam:ListRoles', Resource: '*' })
  const UserName = 'administrator'
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'deny', PolicyDocument: deny }))
  const answer = iam.send(new ListRolesCommand({}))
  await assertRefused(answer, 'AccessDenied', 'with an explicit deny in an identity-based policy')
})

test("another account's roles and users are not there", async (t) => {
  const { aws, iam } = await startIam(t)
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustAccount }))
  const other = openClients(t, aws, await aws.createAccount({ accountId: OTHER }))
  await assertRefused(other.iam.send(new GetRoleCommand({ RoleName })), 'NoSuchEntity', RoleName)
  const { Roles: roles } = await other.iam.send(new ListRolesCommand({}))
  assert.deepEqual(roles, [])
})

test('a trust policy that is malformed or names nobody is refused', async (t) => {
  const { iam } = await startIam(t)
  const create = (AssumeRolePolicyDocument: string) =>
    iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  await assertRefused(create('{'), 'MalformedPolicyDocument')
  await assertRefused(create(mayPut), 'MalformedPolicyDocument')
  for (const AWS of [
    `arn:aws:iam::${ACCOUNT}:user/nobody`,
    `arn:aws:iam::${ACCOUNT}:role/nobody`,
    'arn:aws:iam::999999999999:root',
    '999999999999',
    'AIDAAAAAAAAAAAAAAAAAA',
  ]) {
    const statement = { Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }
    const message = `Invalid principal in policy: "AWS":"${AWS}"`
    await assertRefused(create(policyText(statement)), 'MalformedPolicyDocument', message)
  }
  await assertRefused(iam.send(new GetRoleCommand({ RoleName })), 'NoSuchEntity')
})

test('names, paths and sizes have the limits of IAM', async (t) => {
  const { iam } = await startIam(t)
  const AssumeRolePolicyDocument = trustAccount
  for (const input of [
    { RoleName: 'x'.repeat(65) },
    { RoleName: 'with space' },
    { RoleName, Path: 'analytics' },
    { RoleName, MaxSessionDuration: 3599 },
    { RoleName, MaxSessionDuration: 43_201 },
    { RoleName, Description: 'x'.repeat(1001) },
  ]) {
    const answer = iam.send(new CreateRoleCommand({ AssumeRolePolicyDocument, ...input }))
    await assertRefused(answer, 'ValidationError', '1 validation error detected')
  }
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  const resources = (count: number) =>
    Array.from({ length: count }, (_, at) => `arn:aws:s3:::b${at}`)
  const PolicyDocument = policyText({ Effect: 'Allow', Action: '*', Resource: resources(700) })
  const put = iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }))
  await assertRefused(put, 'LimitExceeded', 'Maximum policy size of 10240 bytes exceeded for role')
  const create = iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))
  await assertRefused(create, 'LimitExceeded', 'PolicySize: 6144')
})

test('what exists is not made again, by a name in another case either', async (t) => {
  const { iam } = await startIam(t)
  const role = { RoleName, AssumeRolePolicyDocument: trustAccount }
  await iam.send(new CreateRoleCommand(role))
  await assertRefused(iam.send(new CreateRoleCommand(role)), 'EntityAlreadyExists', 'exports')
  const user = iam.send(new CreateUserCommand({ UserName: 'Administrator' }))
  await assertRefused(user, 'EntityAlreadyExists')
  for (const UserName of ['constructor', '__proto__']) {
    await assertRefused(iam.send(new GetUserCommand({ UserName })), 'NoSuchEntity')
    await iam.send(new CreateUserCommand({ UserName }))
    const { User } = await iam.send(new GetUserCommand({ UserName }))
    assert.equal(User?.UserName, UserName)
  }
})

test('a role with policies, or a user with keys, cannot be deleted', async (t) => {
  const { iam } = await startIam(t)
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustAccount }))
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: S3_FULL }))
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: mayPut }))
  const remove = () => iam.send(new DeleteRoleCommand({ RoleName }))
  await assertRefused(remove(), 'DeleteConflict', 'must detach all policies first')
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: S3_FULL }))
  await assertRefused(remove(), 'DeleteConflict', 'must delete policies first')
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))
  await remove()
  await assertRefused(remove(), 'NoSuchEntity', 'The role with name exports cannot be found.')
  const user = iam.send(new DeleteUserCommand({ UserName: 'administrator' }))
  await assertRefused(user, 'DeleteConflict', 'must delete access keys first')
})

test('a policy that is not there cannot be attached, nor detached, nor read', async (t) => {
  const { aws, iam } = await startIam(t)
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustAccount }))
  const other = openClients(t, aws, await aws.createAccount({ accountId: OTHER }))
  const PolicyDocument = mayPut
  const made = await other.iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))
  for (const PolicyArn of ['arn:aws:iam::aws:policy/NoSuch', made.Policy?.Arn ?? '']) {
    const attach = iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
    await assertRefused(attach, 'NoSuchEntity', 'does not exist or is not attachable')
    const detach = iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }))
    await assertRefused(detach, 'NoSuchEntity')
  }
  const PolicyArn = made.Policy?.Arn ?? ''
  const read = iam.send(new GetPolicyCommand({ PolicyArn }))
  await assertRefused(read, 'NoSuchEntity')
})

test('a role shows what it was given', async (t) => {
  const { iam } = await startIam(t)
  const Tags = [{ Key: 'team', Value: 'analytics & <exports>'.replace(/[&<>]/g, '+') }]
  const created = await iam.send(
    new CreateRoleCommand({
      RoleName,
      Path: '/analytics/',
      AssumeRolePolicyDocument: trustAccount,
      Description: 'Exports & <more>',
      MaxSessionDuration: 7200,
      Tags,
    }),
  )
  const { Role: role } = await iam.send(new GetRoleCommand({ RoleName }))
  assert.equal(role?.Arn, `arn:aws:iam::${ACCOUNT}:role/analytics/exports`)
  assert.equal(role?.RoleId, created.Role?.RoleId)
  assert.equal(role?.Description, 'Exports & <more>')
  assert.equal(role?.MaxSessionDuration, 7200)
  assert.deepEqual(role?.Tags, Tags)
  assert.ok(Math.abs((role?.CreateDate?.getTime() ?? 0) - Date.now()) < 60_000)
  const trust = JSON.parse(decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''))
  assert.equal(trust.Statement[0].Principal.AWS, `arn:aws:iam::${ACCOUNT}:root`)
  await iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 3600 }))
  await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'Team', Value: 'new' }] }))
  const { Tags: tags } = await iam.send(new ListRoleTagsCommand({ RoleName }))
  assert.deepEqual(tags, [{ Key: 'Team', Value: 'new' }])
  const PolicyDocument = policyText({ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' })
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
  const { Role: updated } = await iam.send(new GetRoleCommand({ RoleName }))
  assert.equal(decodeURIComponent(updated?.AssumeRolePolicyDocument ?? ''), PolicyDocument)
  assert.equal(updated?.MaxSessionDuration, 3600)
})

test('policies come back as they were put', async (t) => {
  const { iam } = await startIam(t)
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustAccount }))
  const PolicyDocument = JSON.stringify(JSON.parse(mayPut), null, 2)
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }))
  const inline = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))
  assert.equal(decodeURIComponent(inline.PolicyDocument ?? ''), PolicyDocument)
  const names = await iam.send(new ListRolePoliciesCommand({ RoleName }))
  assert.deepEqual(names.PolicyNames, [PolicyName])
  const none = await iam.send(new ListUserPoliciesCommand({ UserName: 'administrator' }))
  assert.deepEqual(none.PolicyNames, [])
  const made = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))
  const PolicyArn = made.Policy?.Arn ?? ''
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: S3_FULL }))
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
  assert.deepEqual(attached.AttachedPolicies, [
    { PolicyName: 'AmazonS3FullAccess', PolicyArn: S3_FULL },
    { PolicyName, PolicyArn },
  ])
  const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
  assert.equal(decodeURIComponent(version.PolicyVersion?.Document ?? ''), PolicyDocument)
  const remove = () => iam.send(new DeletePolicyCommand({ PolicyArn }))
  await assertRefused(remove(), 'DeleteConflict')
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }))
  await remove()
  await assertRefused(iam.send(new GetPolicyCommand({ PolicyArn })), 'NoSuchEntity')
})

test('lists come in pages', async (t) => {
  const { iam } = await startIam(t)
  for (const UserName of ['a', 'b', 'c']) await iam.send(new CreateUserCommand({ UserName }))
  const first = await iam.send(new ListUsersCommand({ MaxItems: 3 }))
  assert.equal(first.IsTruncated, true)
  const second = await iam.send(new ListUsersCommand({ MaxItems: 3, Marker: first.Marker }))
  assert.equal(second.IsTruncated, false)
  const names = [...(first.Users ?? []), ...(second.Users ?? [])].map((user) => user.UserName)
  assert.deepEqual(names, ['a', 'administrator', 'b', 'c'])
  const local = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }))
  assert.deepEqual(local.Policies, [])
  const all = await iam.send(new ListPoliciesCommand({}))
  assert.equal(all.Policies?.length, 3)
})

async function startIam(t: TestContext) {
  const aws = await startAws(t)
  const account = await aws.createAccount({ accountId: ACCOUNT })
  return { aws, iam: openClients(t, aws, account).iam }
}

async function makeUser(t: TestContext, { aws, iam }: Awaited<ReturnType<typeof startIam>>) {
  const UserName = 'powerless'
  await iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const accessKeyId = key?.AccessKeyId ?? ''
  const keys = { accessKeyId, secretAccessKey: key?.SecretAccessKey ?? '' }
  return { powerless: openClients(t, aws, keys).iam }
}

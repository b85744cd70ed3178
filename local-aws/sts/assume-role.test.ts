import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetRoleCommand,
  type IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  GetCallerIdentityCommand,
  type STSClient,
} from '@aws-sdk/client-sts'
import type { LocalAws } from '../local-aws.ts'
import { assertRefused, type Keys, openClients, policyText, startAws } from '../testing.ts'

const CUSTOMER = '111122223333'
const SERVICE = '444455556666'
const EXTERNAL_ID = '5f2c9a7e-external-id'
const ROLE_ARN = `arn:aws:iam::${CUSTOMER}:role/analytics/exports`

test('a role refuses a missing, a wrong and a nearly right external id', async (t) => {
  const { sts } = await startTrust(t)
  for (const externalId of [undefined, 'another-external-id', EXTERNAL_ID.toUpperCase()]) {
    const answer = assume(sts, { ...(externalId !== undefined && { ExternalId: externalId }) })
    await assertRefused(answer, 'AccessDenied', notAuthorized(ROLE_ARN))
  }
})

test('a missing role is refused in the words of a role that does not trust', async (t) => {
  const { sts } = await startTrust(t)
  const other = `arn:aws:iam::${CUSTOMER}:role/no-such-role`
  const stranger = 'arn:aws:iam::999999999999:role/analytics/exports'
  const withoutPath = `arn:aws:iam::${CUSTOMER}:role/exports`
  for (const RoleArn of [other, stranger, withoutPath]) {
    const answer = assume(sts, { RoleArn, ExternalId: EXTERNAL_ID })
    await assertRefused(answer, 'AccessDenied', notAuthorized(RoleArn))
  }
})

test('a role refuses a principal that its trust policy does not name', async (t) => {
  const { aws } = await startTrust(t)
  const other = await aws.createServiceUser({ ...noKeys, accountId: SERVICE }, 'other')
  const { sts } = openClients(t, aws, other)
  const answer = assume(sts, { ExternalId: EXTERNAL_ID })
  await assertRefused(answer, 'AccessDenied', `user/other is not authorized to perform: sts:Assume`)
})

test('a trusted principal without permission of its own is refused across accounts', async (t) => {
  const { aws } = await startTrust(t, { principal: `arn:aws:iam::${SERVICE}:root` })
  const service = openClients(t, aws, await aws.createAccount({ accountId: SERVICE }))
  const powerless = await makeUser(t, { aws, iam: service.iam }, { mayAssume: false })
  const answer = assume(powerless.sts, { ExternalId: EXTERNAL_ID })
  await assertRefused(answer, 'AccessDenied', 'because no identity-based policy allows the sts:')
})

test('an explicit deny in the trust policy is named', async (t) => {
  const { sts } = await startTrust(t, {
    more: [{ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' }],
  })
  const answer = assume(sts, { ExternalId: EXTERNAL_ID })
  await assertRefused(answer, 'AccessDenied', 'with an explicit deny in a resource-based policy')
})

test('a session is opened with the right external id, and is who it says', async (t) => {
  const { aws, sts } = await startTrust(t)
  const answer = await assume(sts, { ExternalId: EXTERNAL_ID })
  const arn = `arn:aws:sts::${CUSTOMER}:assumed-role/exports/a-session`
  assert.equal(answer.AssumedRoleUser?.Arn, arn)
  assert.match(answer.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:a-session$/)
  assert.equal(answer.PackedPolicySize, undefined)
  const session = openClients(t, aws, keysOf(answer))
  const identity = await session.sts.send(new GetCallerIdentityCommand({}))
  assert.equal(identity.Arn, arn)
  assert.equal(identity.Account, CUSTOMER)
  assert.equal(identity.UserId, answer.AssumedRoleUser?.AssumedRoleId)
})

test('a role without a condition opens for any external id, and for none', async (t) => {
  const { sts } = await startTrust(t, { condition: undefined })
  await assume(sts, { ExternalId: 'anything-at-all' })
  await assume(sts, {})
})

test('a user that is made anew is no longer the one that was trusted', async (t) => {
  const { aws, iam } = await startTrust(t)
  const service = openClients(t, aws, await aws.createAccount({ accountId: SERVICE }))
  const first = await makeUser(t, { aws, iam: service.iam }, { mayAssume: true })
  await iam.send(
    new CreateRoleCommand({ RoleName: 'pinned', AssumeRolePolicyDocument: trust(first.arn) }),
  )
  const RoleArn = `arn:aws:iam::${CUSTOMER}:role/pinned`
  await assume(first.sts, { RoleArn })
  await first.remove()
  const again = await makeUser(t, { aws, iam: service.iam }, { mayAssume: true })
  assert.equal(again.arn, first.arn)
  await assertRefused(assume(again.sts, { RoleArn }), 'AccessDenied', notAuthorized(RoleArn))
  const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: 'pinned' }))
  assert.match(decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''), /"AWS":"AIDA[A-Z2-7]{17}"/)
})

test('a session lasts no longer than its role allows, and 15 minutes at least', async (t) => {
  const { sts } = await startTrust(t)
  const withSeconds = (DurationSeconds: number) =>
    assume(sts, { ExternalId: EXTERNAL_ID, DurationSeconds })
  await assertRefused(withSeconds(899), 'ValidationError', 'greater than or equal to 900')
  await assertRefused(withSeconds(43_201), 'ValidationError', 'less than or equal to 43200')
  await assertRefused(withSeconds(3601), 'ValidationError', 'MaxSessionDuration set for this role')
  const answer = await withSeconds(900)
  const expiration = answer.Credentials?.Expiration?.getTime() ?? 0
  assert.ok(Math.abs(expiration - Date.now() - 900_000) < 60_000)
})

test('a trust policy that asks for a duration trusts nobody: AssumeRole tells policies of none', async (t) => {
  const { sts } = await startTrust(t, {
    condition: { NumericLessThanEquals: { 'sts:DurationSeconds': '3600' } },
  })
  const answer = assume(sts, { DurationSeconds: 900 })
  await assertRefused(answer, 'AccessDenied', notAuthorized(ROLE_ARN))
})

test('what is not in the pattern of a name or an external id is refused', async (t) => {
  const { sts } = await startTrust(t)
  for (const input of [
    { RoleSessionName: 'a session' },
    { RoleSessionName: 'x' },
    { RoleSessionName: 'x'.repeat(65) },
    { ExternalId: 'x' },
    { ExternalId: 'with space' },
    { ExternalId: 'x'.repeat(1225) },
  ]) {
    await assertRefused(assume(sts, input), 'ValidationError', '1 validation error detected')
  }
})

test('an expired session is refused as expired', async (t) => {
  let now = Date.now()
  const { aws, sts } = await startTrust(t, { clock: () => new Date(now) })
  const answer = await assume(sts, { ExternalId: EXTERNAL_ID, DurationSeconds: 900 })
  const session = openClients(t, aws, { ...keysOf(answer), clockOffsetMs: 890_000 })
  now += 899_000
  await session.sts.send(new GetCallerIdentityCommand({}))
  now += 1_000
  await assertRefused(
    session.sts.send(new GetCallerIdentityCommand({})),
    'ExpiredToken',
    'The security token included in the request is expired',
  )
})

test('a session without its token, or with the token of another, is refused', async (t) => {
  const { aws, sts } = await startTrust(t)
  const keys = keysOf(await assume(sts, { ExternalId: EXTERNAL_ID }))
  const others = keysOf(await assume(sts, { ExternalId: EXTERNAL_ID }))
  const { accessKeyId, secretAccessKey } = keys
  for (const wrong of [
    { accessKeyId, secretAccessKey },
    { ...keys, sessionToken: others.sessionToken ?? '' },
    { ...keys, sessionToken: `${keys.sessionToken?.slice(0, -4)}AAAA` },
  ]) {
    const client = openClients(t, aws, wrong)
    const answer = client.sts.send(new GetCallerIdentityCommand({}))
    await assertRefused(answer, 'InvalidClientTokenId')
  }
})

test('a session outlives its role by nothing', async (t) => {
  const { aws, iam, sts } = await startTrust(t)
  const session = openClients(t, aws, keysOf(await assume(sts, { ExternalId: EXTERNAL_ID })))
  await iam.send(new DeleteRoleCommand({ RoleName: 'exports' }))
  const answer = session.sts.send(new GetCallerIdentityCommand({}))
  await assertRefused(answer, 'InvalidClientTokenId')
})

test('a session may do what both its role and its session policy allow', async (t) => {
  const { aws, iam, sts } = await startTrust(t)
  await iam.send(
    new AttachRolePolicyCommand({
      RoleName: 'exports',
      PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
  )
  const Policy = policyText({ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' })
  const answer = await assume(sts, { ExternalId: EXTERNAL_ID, Policy })
  assert.ok((answer.PackedPolicySize ?? 0) > 0 && (answer.PackedPolicySize ?? 0) < 100)
  const session = openClients(t, aws, keysOf(answer))
  await assertRefused(
    session.iam.send(new GetRoleCommand({ RoleName: 'exports' })),
    'AccessDenied',
    'because no session policy allows the iam:GetRole action',
  )
})

test('a session policy that is malformed or too long is refused', async (t) => {
  const { sts } = await startTrust(t)
  const withPolicy = (Policy: string) => assume(sts, { ExternalId: EXTERNAL_ID, Policy })
  await assertRefused(withPolicy('{"Statement":'), 'MalformedPolicyDocument')
  const named = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }
  await assertRefused(withPolicy(policyText(named)), 'MalformedPolicyDocument', 'principal')
  const padding = policyText({ Effect: 'Allow', Action: '*', Resource: '*' }).padEnd(2049)
  await assertRefused(withPolicy(padding), 'ValidationError', 'less than or equal to 2048')
  const name = randomBytes(1400).toString('base64url')
  const Resource = `arn:aws:s3:::bucket/${name}`
  const dense = policyText({ Effect: 'Allow', Action: '*', Resource })
  assert.ok(dense.length <= 2048)
  await assertRefused(withPolicy(dense), 'PackedPolicyTooLarge')
})

test('a role assumed by a session lasts an hour at most', async (t) => {
  const { aws, iam, sts } = await startTrust(t)
  const Resource = `arn:aws:iam::${CUSTOMER}:role/second`
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'exports',
      PolicyName: 'next',
      PolicyDocument: policyText({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource }),
    }),
  )
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'second',
      AssumeRolePolicyDocument: trust(ROLE_ARN),
      MaxSessionDuration: 43_200,
    }),
  )
  const first = openClients(t, aws, keysOf(await assume(sts, { ExternalId: EXTERNAL_ID })))
  const tooLong = assume(first.sts, { RoleArn: Resource, DurationSeconds: 3601 })
  await assertRefused(tooLong, 'ValidationError', 'role chaining')
  await assume(first.sts, { RoleArn: Resource, DurationSeconds: 3600 })
})

test('tags need a trust policy that allows them', async (t) => {
  const Tags = [{ Key: 'project', Value: 'exports' }]
  const { sts } = await startTrust(t)
  const answer = assume(sts, { ExternalId: EXTERNAL_ID, Tags })
  await assertRefused(answer, 'AccessDenied', 'is not authorized to perform: sts:TagSession')
})

const noKeys = { accessKeyId: '', secretAccessKey: '' }

/** A service's user, and a customer's role that trusts it with an external id. */
async function startTrust(
  t: TestContext,
  options: {
    principal?: string
    condition?: object | undefined
    more?: object[]
    clock?: () => Date
  } = {},
) {
  const aws = await startAws(t, options.clock ? { clock: options.clock } : {})
  const customer = openClients(t, aws, await aws.createAccount({ accountId: CUSTOMER }))
  const service = await aws.createAccount({ accountId: SERVICE })
  const user = await aws.createServiceUser(service, 'sluice')
  const condition =
    'condition' in options ? options.condition : { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } }
  await customer.iam.send(
    new CreateRoleCommand({
      RoleName: 'exports',
      Path: '/analytics/',
      AssumeRolePolicyDocument: trust(options.principal ?? user.arn, condition, options.more),
    }),
  )
  return { aws, iam: customer.iam, sts: openClients(t, aws, user).sts }
}

/** A user with keys, by the hands of an administrator. */
async function makeUser(
  t: TestContext,
  { aws, iam }: { aws: LocalAws; iam: IAMClient },
  { mayAssume }: { mayAssume: boolean },
) {
  const UserName = 'exporter'
  const PolicyName = 'assume'
  const { User: user } = await iam.send(new CreateUserCommand({ UserName }))
  if (mayAssume) {
    const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }
    const PolicyDocument = policyText(statement)
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }))
  }
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const AccessKeyId = key?.AccessKeyId ?? ''
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: key?.SecretAccessKey ?? '' }
  return {
    arn: user?.Arn ?? '',
    sts: openClients(t, aws, keys).sts,
    async remove() {
      await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
      if (mayAssume) await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }))
      await iam.send(new DeleteUserCommand({ UserName }))
    },
  }
}

function trust(principal: string, condition?: object, more: object[] = []): string {
  return policyText(
    {
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: 'sts:AssumeRole',
      ...(condition && { Condition: condition }),
    },
    ...more,
  )
}

function assume(
  sts: STSClient,
  input: Partial<AssumeRoleCommandInput>,
): Promise<AssumeRoleCommandOutput> {
  return sts.send(
    new AssumeRoleCommand({ RoleArn: ROLE_ARN, RoleSessionName: 'a-session', ...input }),
  )
}

function keysOf({ Credentials: credentials }: AssumeRoleCommandOutput): Keys {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  }
}

function notAuthorized(roleArn: string): RegExp {
  const user = `arn:aws:iam::${SERVICE}:user/\\w+`
  return new RegExp(
    `^User: ${user} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}$`,
  )
}

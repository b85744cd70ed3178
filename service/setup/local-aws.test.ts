// biome-ignore-all lint/suspicious/noTemplateCurlyInString: prefixes that look like it are what is tested
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import {
  type LocalAccount,
  type LocalAws,
  type ServiceUser,
  startLocalAws,
} from '@sluice/local-aws'
import {
  type PrincipalForm,
  principalForms,
  type SetupFormat,
  type SetupValues,
  writeSetupKit,
} from './setup.ts'
import { type DescribedRole, roleOfModule, roleOfTemplate } from './test-role.ts'

// Every way of the kit, gone to its end on an AWS that enforces what it is told. The script runs as it is,
// by a stand-in for the AWS CLI, or by the real one that SLUICE_TEST_AWS_CLI names.

let aws: LocalAws
let directory: string
let sluice: ServiceUser
let stranger: { accessKeyId: string; secretAccessKey: string }
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-setup-'))
  aws = await startLocalAws({ dataDirectory: join(directory, 'aws') })
  const own = await aws.createAccount()
  sluice = await aws.createServiceUser(own, 'sluice')
  stranger = await makeStranger(own)
})
after(async () => {
  await aws.close()
  await rm(directory, { recursive: true })
})

const REGION = 'eu-central-1'
const clientOf = ({ accessKeyId, secretAccessKey, sessionToken }: Keys) => ({
  endpoint: aws.endpointUrl,
  region: REGION,
  maxAttempts: 1,
  credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
})

interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** Somebody else in Sluice's own account, who may assume roles as well. */
async function makeStranger(own: LocalAccount): Promise<Keys> {
  const iam = new IAMClient(clientOf(own))
  const UserName = 'stranger'
  const Statement = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'assume', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
}

/** CloudFormation takes no other. */
const ascii = { pathPrefix: 'o\'clock/$(touch x)/${y}/*?"/' }
let made = 0
function valuesFor(
  customer: LocalAccount,
  { path = "/it's/$(x)/", ...more }: Partial<SetupValues & { path: string }> = {},
): SetupValues {
  made += 1
  return {
    outputId: crypto.randomUUID(),
    roleArn: `arn:aws:iam::${customer.accountId}:role${path}sluice-${made}`,
    bucketName: `samples-${made}`,
    pathPrefix: 'o\'clock/$(touch x)/${y}/*?"\u00e9\u{1f600}/',
    region: REGION,
    expectedBucketOwner: undefined,
    kmsKeyArn: undefined,
    bucketOwnerFullControl: false,
    principalArn: sluice.arn,
    externalIds: [crypto.randomUUID()],
    ...more,
  }
}

function textOf(values: SetupValues, format: SetupFormat, form: PrincipalForm = 'account'): string {
  return writeSetupKit(values, form).documents.find((it) => it.format === format)?.text ?? ''
}

async function open(values: SetupValues, asked: { by?: Keys; externalId?: string }): Promise<Keys> {
  const sts = new STSClient(clientOf(asked.by ?? sluice))
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: values.roleArn,
      RoleSessionName: `sluice-${values.outputId}`,
      ExternalId: asked.externalId,
    }),
  )
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

const isDenied = (error: unknown) => /AccessDenied/.test(Object(error).name)

/** Refusals first: whoever lacks the id or is not Sluice, and whatever is not below the prefix. */
async function assertRoleIsRight(values: SetupValues): Promise<void> {
  const [externalId = ''] = values.externalIds
  await assert.rejects(open(values, {}), isDenied)
  await assert.rejects(open(values, { externalId: crypto.randomUUID() }), isDenied)
  await assert.rejects(open(values, { by: stranger, externalId }), isDenied)
  for (const each of values.externalIds) {
    const s3 = new S3Client(clientOf(await open(values, { externalId: each })))
    const Bucket = values.bucketName
    const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
    await assert.rejects(put('elsewhere/x'), isDenied)
    await assert.rejects(put(`${values.pathPrefix.slice(0, -1)}-other/x`), isDenied)
    const Key = `${values.pathPrefix}day/x.csv`
    await put(Key)
    await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key })), isDenied)
    s3.destroy()
  }
}

async function makeRole(customer: LocalAccount, role: DescribedRole): Promise<void> {
  const iam = new IAMClient(clientOf(customer))
  const RoleName = role.name
  const AssumeRolePolicyDocument = role.trustPolicy
  await iam.send(new CreateRoleCommand({ RoleName, Path: role.path, AssumeRolePolicyDocument }))
  const PolicyDocument = role.permissions
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'sluice', PolicyDocument }))
}

async function makeBucket(customer: LocalAccount, values: SetupValues): Promise<void> {
  const s3 = new S3Client(clientOf(customer))
  await s3.send(new CreateBucketCommand({ Bucket: values.bucketName }))
}

/** As a customer does: piped into bash, in a directory that nothing may be left in. */
async function runScript(script: string, keys: Keys) {
  const folder = await mkdtemp(join(directory, 'run-'))
  const standIn = join(import.meta.dirname, '../testing/aws-stand-in.ts')
  const command = process.env.SLUICE_TEST_AWS_CLI ?? `${process.execPath}' '${standIn}`
  const bin = join(folder, 'aws')
  await writeFile(bin, `#!/bin/sh\nexec '${command}' "$@"\n`)
  await chmod(bin, 0o755)
  const env = {
    PATH: `${folder}:${process.env.PATH}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    AWS_ENDPOINT_URL: aws.endpointUrl,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  }
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const child = execFile('bash', [], { env, cwd: folder }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
    child.stdin?.end(script)
  })
}

test('the script refuses another account’s credentials, and says which account is wrong', async () => {
  const [customer, other] = [await aws.createAccount(), await aws.createAccount()]
  const values = valuesFor(customer)
  const { code, stderr } = await runScript(textOf(values, 'aws-cli'), other)
  assert.equal(code, 1)
  assert.match(
    stderr,
    new RegExp(`are of the account ${other.accountId}; .* ${customer.accountId}`),
  )
  await assert.rejects(open(values, { externalId: values.externalIds[0] ?? '' }), isDenied)
})

test('the script takes no bucket of another account, and no role under another path', async () => {
  const [customer, other] = [await aws.createAccount(), await aws.createAccount()]
  const values = valuesFor(customer)
  await makeBucket(other, values)
  const taken = await runScript(textOf(values, 'aws-cli'), customer)
  assert.equal(taken.code, 1)
  assert.match(taken.stderr, new RegExp(`is not the account ${customer.accountId}'s`))
  const second = valuesFor(customer)
  assert.equal((await runScript(textOf(second, 'aws-cli'), customer)).code, 0)
  const roleArn = second.roleArn.replace('/$(x)/', '/')
  const moved = await runScript(textOf({ ...second, roleArn }, 'aws-cli'), customer)
  assert.equal(moved.code, 1)
  assert.match(moved.stderr, /Names are unique in an account/)
})

for (const form of principalForms)
  test(`the script makes bucket and role from nothing, naming Sluice by ${form}`, async () => {
    const customer = await aws.createAccount()
    const values = valuesFor(customer)
    const { code, stdout, stderr } = await runScript(textOf(values, 'aws-cli', form), customer)
    assert.deepEqual([code, stdout], [0, ''], stderr)
    assert.match(stderr, /bucket .* was made[\s\S]*role .* was made[\s\S]*Done/)
    await assertRoleIsRight(values)
  })

test('the script may be run again, and gives a role the ids of a rotation', async () => {
  const customer = await aws.createAccount()
  const values = valuesFor(customer, { region: undefined })
  assert.equal((await runScript(textOf(values, 'aws-cli'), customer)).code, 0)
  const rotated = { ...values, externalIds: [...values.externalIds, crypto.randomUUID()] }
  const { code, stderr } = await runScript(textOf(rotated, 'aws-cli'), customer)
  assert.equal(code, 0, stderr)
  assert.match(stderr, /bucket .* is there[\s\S]*role .* was there/)
  await assertRoleIsRight(rotated)
})

test('a bucket of another account takes the script twice, and keeps a policy that it has', async () => {
  const [customer, owner] = [await aws.createAccount(), await aws.createAccount()]
  const values = valuesFor(customer, {
    expectedBucketOwner: owner.accountId,
    pathPrefix: 'sluice/',
    region: undefined,
  })
  const script = textOf(values, 'aws-cli')
  const first = await runScript(script, customer)
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stderr, new RegExp(`as ${owner.accountId}`))
  const { code, stderr } = await runScript(script, owner)
  assert.equal(code, 0, stderr)
  await assertRoleIsRight(values)
  assert.match((await runScript(script, owner)).stderr, /names the role already/)
  const second = { ...values, pathPrefix: 'other/' }
  const refused = await runScript(textOf(second, 'aws-cli'), owner)
  assert.equal(refused.code, 1)
  assert.deepEqual(JSON.parse(refused.stdout), writeSetupKit(second, 'account').bucketPolicy)
  const s3 = new S3Client(clientOf(owner))
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: values.bucketName }))
  assert.match(String(Policy), /sluice\/\*/)
  assert.doesNotMatch(String(Policy), /other/)
})

const described: Record<string, (values: SetupValues) => Promise<DescribedRole> | DescribedRole> = {
  'the two policies': (values) => {
    const [, path = '', name = ''] = /:role(\/.*\/)(.*)$/.exec(values.roleArn) ?? []
    const trustPolicy = textOf(values, 'trust-policy')
    const permissions = textOf(values, 'permissions-policy')
    return { name, path, trustPolicy, permissions }
  },
  'the CloudFormation template': (values) => roleOfTemplate(textOf(values, 'cloudformation')),
  'the Terraform module': (values) => roleOfModule(textOf(values, 'terraform')),
}
for (const [what, roleOf] of Object.entries(described))
  test(`a role by ${what} opens for Sluice with the external id, and lets it write below the prefix`, async () => {
    const customer = await aws.createAccount()
    const values = valuesFor(customer, what.includes('CloudFormation') ? ascii : {})
    await makeBucket(customer, values)
    await makeRole(customer, await roleOf(values))
    await assertRoleIsRight(values)
  })

test('the bucket policy alone lets a role of another account write, below the prefix', async () => {
  const [customer, owner] = [await aws.createAccount(), await aws.createAccount()]
  const values = valuesFor(customer, {
    ...ascii,
    expectedBucketOwner: owner.accountId,
  })
  await makeBucket(owner, values)
  await makeRole(customer, roleOfTemplate(textOf(values, 'cloudformation')))
  const [externalId = ''] = values.externalIds
  const s3 = new S3Client(clientOf(await open(values, { externalId })))
  const Key = `${values.pathPrefix}x`
  const put = () => s3.send(new PutObjectCommand({ Bucket: values.bucketName, Key, Body: 'x' }))
  await assert.rejects(put(), isDenied)
  const ofOwner = new S3Client(clientOf(owner))
  const Policy = textOf(values, 'bucket-policy')
  await ofOwner.send(new PutBucketPolicyCommand({ Bucket: values.bucketName, Policy }))
  await assertRoleIsRight(values)
})

test('a key of another account needs its key policy, and then encrypts', async () => {
  const [customer, owner] = [await aws.createAccount(), await aws.createAccount()]
  const isEncryptedBy = async (policy: string | undefined, values: SetupValues) => {
    const key = { accountId: owner.accountId, region: REGION, ...(policy && { policy }) }
    const kmsKeyArn = aws.createKmsKey(key)
    const given = { ...values, kmsKeyArn }
    const { permissionsPolicy } = writeSetupKit(given, 'account')
    const iam = new IAMClient(clientOf(customer))
    const RoleName = given.roleArn.slice(given.roleArn.lastIndexOf('/') + 1)
    const PolicyDocument = JSON.stringify(permissionsPolicy)
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'sluice', PolicyDocument }))
    const [externalId = ''] = given.externalIds
    const s3 = new S3Client(clientOf(await open(given, { externalId })))
    const encryption = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyArn } as const
    const where = { Bucket: given.bucketName, Key: `${given.pathPrefix}x` }
    await s3.send(new PutObjectCommand({ ...where, Body: 'x', ...encryption }))
  }
  const kmsKeyArn = `arn:aws:kms:${REGION}:${owner.accountId}:key/11111111-2222-4333-8444-555555555555`
  const values = valuesFor(customer, { ...ascii, kmsKeyArn })
  await makeBucket(customer, values)
  await makeRole(customer, roleOfTemplate(textOf(values, 'cloudformation')))
  await assert.rejects(isEncryptedBy(undefined, values))
  await isEncryptedBy(textOf(values, 'key-policy'), values)
})

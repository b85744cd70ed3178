import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, type Credentials, STSClient } from '@aws-sdk/client-sts'
import {
  type LocalAccount,
  type LocalAws,
  type ServiceUser,
  startLocalAws,
} from '@sluice/local-aws'
import { type BucketTarget, writeSessionPolicy } from '#delivery'
import { sessionNameOf } from '#setup'
import { diagnose } from './diagnose.ts'
import type { Check, Report } from './report.ts'
import { type Facts, listSetUps, type SetUp } from './set-ups/set-ups.ts'

const outputId = '7b1e2c00-0000-4000-8000-000000000001'
const externalId = '5d1c2a34-1b2c-4d3e-8f90-a1b2c3d4e5f6'
const otherExternalId = '6e2d3b45-1b2c-4d3e-8f90-a1b2c3d4e5f6'
const bucketName = 'aurora-samples'
const region = 'us-east-1'
const made = { ownForm: '00000000-1111-4222-8333-444455556666', random: 'a'.repeat(32) }
const make = { ownForm: () => made.ownForm, random: () => made.random }

let directory: string
let aws: LocalAws
let customer: LocalAccount
let sluice: ServiceUser
let iam: IAMClient
let s3: S3Client
let sts: STSClient

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-doctor-'))
  aws = await startLocalAws({ dataDirectory: directory })
  sluice = await aws.createServiceUser(await aws.createAccount({ accountId: facts.own }), 'sluice')
  customer = await aws.createAccount({ accountId: facts.customer })
  iam = new IAMClient(clientOf(customer))
  s3 = new S3Client({ ...clientOf(customer), forcePathStyle: true })
  sts = new STSClient(clientOf(sluice))
  await s3.send(new CreateBucketCommand({ Bucket: bucketName }))
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucketName }))
  const other = { RoleName: 'writer-2', AssumeRolePolicyDocument: textOf(trusting([externalId])) }
  await iam.send(new CreateRoleCommand(other))
})
after(async () => {
  for (const client of [iam, s3, sts]) client.destroy()
  await aws.close()
  await rm(directory, { recursive: true })
})

function clientOf(keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) {
  const { accessKeyId, secretAccessKey, sessionToken } = keys
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
  return { endpoint: aws.endpointUrl, region, maxAttempts: 1, credentials }
}

const facts: Facts & { own: string } = {
  own: '111111111111',
  customer: '222222222222',
  principalArn: 'arn:aws:iam::111111111111:user/sluice',
  externalId,
  otherExternalId,
  roleArn: 'arn:aws:iam::222222222222:role/writer',
  bucketName,
  kmsKeyArn: 'arn:aws:kms:us-east-1:222222222222:key/7b1e2c00-0000-4000-8000-00000000000a',
  sessionName: `sluice-${outputId}`,
}

function targetOf(setUp: SetUp): BucketTarget {
  return {
    outputId,
    roleArn: facts.roleArn,
    externalId,
    otherExternalId: undefined,
    bucketName,
    pathPrefix: 'sluice/',
    region,
    expectedBucketOwner: undefined,
    kmsKeyArn: undefined,
    bucketOwnerFullControl: false,
    ...setUp.target,
  }
}

function ask(setUp: SetUp, externalIds = [externalId]): Report {
  const target = targetOf(setUp)
  return diagnose({
    target,
    setup: { ...target, principalArn: facts.principalArn, externalIds },
    principalArn: facts.principalArn,
    documents: setUp.documents,
    otherOutputs: [{ outputId: 'the-other', externalId: otherExternalId }],
    make,
  })
}

const setUps = listSetUps(facts)

test('there are at least 30 set-ups, each with a name of its own', () => {
  assert.ok(setUps.length >= 30)
  assert.equal(new Set(setUps.map(({ name }) => name)).size, setUps.length)
})

for (const setUp of setUps) {
  test(`the doctor knows: ${setUp.name}`, () => {
    const report = ask(setUp)
    const codes = report.findings.map(({ code }) => code)
    assert.equal(report.verdict, setUp.verdict, JSON.stringify(report, null, 1))
    for (const code of setUp.codes ?? []) assert.ok(codes.includes(code), `${codes}`)
    if (setUp.says)
      assert.ok(
        textsOf(report).some((text) => setUp.says?.test(text)),
        textsOf(report).join('\n'),
      )
    for (const { expected, answer, remedy } of report.checks)
      assert.equal(remedy === undefined, answer === expected)
  })
}

function textsOf({ checks, findings, documents }: Report): string[] {
  return [
    ...checks.map(({ explanation }) => explanation),
    ...findings.map(({ message }) => message),
    ...documents.flatMap(({ problem }) => problem ?? []),
  ]
}

test('what the doctor hands out as corrected passes', () => {
  const kmsKeyArn = 'arn:aws:kms:us-east-1:444444444444:key/7b1e2c00-0000-4000-8000-00000000000a'
  const targets: Partial<BucketTarget>[] = [
    {},
    { region: undefined, pathPrefix: '' },
    { kmsKeyArn },
    { expectedBucketOwner: '444444444444', bucketOwnerFullControl: true },
  ]
  for (const target of targets) {
    const setUp = { name: '', documents: {}, target, verdict: 'PASSED' as const }
    const { corrected } = ask(setUp)
    const { trustPolicy, permissionsPolicy, bucketPolicy, kmsKeyPolicy } = corrected
    assert.ok(trustPolicy && permissionsPolicy)
    const documents = {
      trustPolicy,
      permissionsPolicies: [permissionsPolicy],
      ...(bucketPolicy && { bucketPolicy }),
      ...(kmsKeyPolicy && { kmsKeyPolicy }),
    }
    const report = ask({ ...setUp, documents })
    assert.equal(report.verdict, 'PASSED', JSON.stringify(report, null, 1))
    assert.deepEqual(report.findings, [])
    assert.ok(report.checks.every(({ answer, expected }) => answer === expected))
  }
})

test('during a rotation either id will do, and the ids of other outputs on the role are known', () => {
  const next = 'c0ffee00-1b2c-4d3e-8f90-a1b2c3d4e5f6'
  const target = { otherExternalId: next }
  for (const ids of [[next], [externalId], [externalId, next]]) {
    const report = ask({
      name: '',
      documents: { trustPolicy: trusting(ids) },
      target,
      verdict: 'PASSED',
    })
    const wrong = report.checks.filter(({ answer, expected }) => answer !== expected)
    assert.deepEqual([wrong, report.findings], [[], []])
  }
  const shared = { trustPolicy: trusting([externalId, otherExternalId]) }
  const ofRole = [externalId, otherExternalId]
  const report = ask({ name: '', documents: shared, verdict: 'PASSED' }, ofRole)
  assert.deepEqual(report.findings, [])
  const stranger = { trustPolicy: trusting(['stranger']) }
  assert.equal(ask({ name: '', documents: stranger, target, verdict: 'FAILED' }).verdict, 'FAILED')
})

for (const setUp of setUps.filter(({ notOnLocalAws }) => notOnLocalAws === undefined)) {
  test(`local-aws agrees: ${setUp.name}`, async () => {
    const report = ask(setUp)
    const RoleName = `r${setUps.indexOf(setUp)}`
    const trust = setUp.documents.trustPolicy ?? trusting([externalId])
    const role = { RoleName, AssumeRolePolicyDocument: textOf(trust) }
    if (report.documents.some(({ problem }) => problem !== undefined)) {
      const name = 'MalformedPolicyDocumentException'
      await assert.rejects(iam.send(new CreateRoleCommand(role)), { name })
      return
    }
    const made = await makeRole(setUp, role)
    await askRole(made, report.checks)
    const PolicyDocument = textOf(trusting([externalId]))
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    await using session = await openSession(made)
    for (const check of report.checks.filter(({ action }) => /^(s3|kms):/.test(action)))
      if (check.answer !== 'UNDECIDED' && isTold(check, report.checks))
        assert.equal(await session.mayDo(check), check.answer === 'ALLOWED', check.asked)
  })
}

async function askRole(made: Made, checks: Check[]): Promise<void> {
  await using _limits = await limitAccount(made)
  for (const [at, check] of checks.entries())
    if (check.action === 'sts:AssumeRole' && check.answer !== 'UNDECIDED')
      assert.equal(await isOpen(made, idOf(at)), check.answer === 'ALLOWED', check.asked)
}

/** What the customer's organization says, for as long; it would bind their administrator too. */
async function limitAccount({ organization }: Made): Promise<AsyncDisposable> {
  const { accountId } = customer
  await aws.setOrganizationPolicies({ accountId, ...organization })
  return { [Symbol.asyncDispose]: () => aws.setOrganizationPolicies({ accountId }) }
}

/** With a key, S3 tells of a call only whether all that it needs is allowed. */
function isTold({ action }: Check, checks: Check[]): boolean {
  const isDenied = (other: string) =>
    checks.some((it) => it.action === other && it.answer === 'DENIED')
  if (action === 's3:PutObject') return !isDenied('kms:GenerateDataKey')
  if (action === 'kms:GenerateDataKey') return !isDenied('s3:PutObject')
  return action !== 'kms:Decrypt' || !(isDenied('s3:PutObject') || isDenied('kms:GenerateDataKey'))
}

function trusting(externalIds: string[]) {
  const Condition = { StringEquals: { 'sts:ExternalId': externalIds } }
  const Principal = { AWS: facts.principalArn }
  const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition }
  return { Version: '2012-10-17', Statement: statement }
}

function textOf(document: unknown): string {
  return typeof document === 'string' ? document : JSON.stringify(document)
}

/** A set-up as it was made: with a role and a key of its own. */
interface Made {
  roleName: string
  target: BucketTarget
  uploadId: string | undefined
  organization: { serviceControl?: string[]; resourceControl?: string[] }
}

async function makeRole(
  setUp: SetUp,
  role: { RoleName: string; AssumeRolePolicyDocument: string },
): Promise<Made> {
  const { documents } = setUp
  const { RoleName } = role
  const policy = documents.kmsKeyPolicy && textOf(documents.kmsKeyPolicy)
  const key = { accountId: facts.customer, region, ...(policy !== undefined && { policy }) }
  const kmsKeyArn = aws.createKmsKey(key)
  const own = (document: unknown) =>
    textOf(document)
      .replaceAll(`:role/writer"`, `:role/${RoleName}"`)
      .replaceAll(facts.kmsKeyArn, kmsKeyArn)
  await iam.send(new CreateRoleCommand(role))
  for (const [at, document] of (documents.permissionsPolicies ?? []).entries()) {
    const inline = { RoleName, PolicyName: `p${at}`, PolicyDocument: own(document) }
    await iam.send(new PutRolePolicyCommand(inline))
  }
  if (documents.boundary) await limitRole(RoleName, own(documents.boundary))
  await s3.send(new DeleteBucketPolicyCommand({ Bucket: bucketName }))
  const upload = { Bucket: bucketName, Key: 'sluice/example/2026-01-01-00-00.csv' }
  const { UploadId: uploadId } = await s3.send(new CreateMultipartUploadCommand(upload))
  if (documents.bucketPolicy) {
    const Policy = own(documents.bucketPolicy)
    await s3.send(new PutBucketPolicyCommand({ Bucket: bucketName, Policy }))
  }
  const target = targetOf(setUp)
  return {
    roleName: RoleName,
    target: target.kmsKeyArn === undefined ? target : { ...target, kmsKeyArn },
    uploadId,
    organization: {
      ...organizationOf(documents.serviceControlPolicies?.map(own)),
      resourceControl: documents.resourceControlPolicies?.map(own) ?? [],
    },
  }
}

async function limitRole(RoleName: string, PolicyDocument: string): Promise<void> {
  const managed = new CreatePolicyCommand({ PolicyName: `${RoleName}-boundary`, PolicyDocument })
  const { Policy } = await iam.send(managed)
  const PermissionsBoundary = Policy?.Arn
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }))
}

/** AWS's own policy stays attached beside those that only deny. */
function organizationOf(texts: string[] | undefined): Made['organization'] {
  if (texts === undefined) return {}
  const allows = texts.some((text) => text.includes('"Allow"'))
  return { serviceControl: allows ? texts : [...texts, 'FullAWSAccess'] }
}

/** As the checks of AssumeRole come: the right id, then the wrong ones. */
function idOf(at: number): string | undefined {
  const nearMisses = [externalId.replace(/.$/, '0'), externalId.replace(/^./, '0')]
  return [externalId, undefined, made.random, made.ownForm, ...nearMisses][at]
}

async function isOpen(made: Made, id: string | undefined): Promise<boolean> {
  return isAllowed(() => assume(made, id))
}

async function assume({ roleName, target }: Made, id: string | undefined): Promise<Credentials> {
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: facts.roleArn.replace('writer', roleName),
      RoleSessionName: sessionNameOf(target.outputId),
      DurationSeconds: 3600,
      Policy: writeSessionPolicy(target),
      ...(id !== undefined && { ExternalId: id }),
    }),
  )
  assert(Credentials)
  return Credentials
}

/** The session of an export. */
async function openSession(made: Made) {
  const {
    AccessKeyId = '',
    SecretAccessKey = '',
    SessionToken = '',
  } = await assume(made, externalId)
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
  const client = new S3Client({
    ...clientOf({ ...keys, sessionToken: SessionToken }),
    forcePathStyle: true,
  })
  const limits = await limitAccount(made)
  return {
    mayDo: (check: Check) => isAllowed(() => act(client, made, check)),
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      await limits[Symbol.asyncDispose]()
    },
  }
}

function act(client: S3Client, { target, uploadId }: Made, { action, resource }: Check) {
  const { kmsKeyArn } = target
  const Key = resource.split(`${bucketName}/`)[1] ?? 'sluice/example/2026-01-01-00-00.csv'
  const place = { Bucket: bucketName, Key }
  const encryption = kmsKeyArn && {
    ServerSideEncryption: 'aws:kms' as const,
    SSEKMSKeyId: kmsKeyArn,
  }
  if (action === 's3:AbortMultipartUpload')
    return client.send(new AbortMultipartUploadCommand({ ...place, UploadId: uploadId }))
  if (action === 'kms:Decrypt')
    return client.send(new CreateMultipartUploadCommand({ ...place, ...encryption }))
  return client.send(new PutObjectCommand({ ...place, ...encryption, Body: 'x' }))
}

async function isAllowed(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    assert.equal(Object(error).name, 'AccessDenied')
    return false
  }
}

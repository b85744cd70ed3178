import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  CreateRoleCommand,
  IAMClient,
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
import { type BucketTarget, sessionNameOf, writeSessionPolicy } from '#delivery'
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

function ask(setUp: SetUp): Report {
  return diagnose({
    target: targetOf(setUp),
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

test('during a rotation either id will do, and both are the output’s own', () => {
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
  const stranger = { trustPolicy: trusting(['stranger']) }
  assert.equal(ask({ name: '', documents: stranger, target, verdict: 'FAILED' }).verdict, 'FAILED')
})

for (const setUp of setUps.filter(({ notOnLocalAws }) => notOnLocalAws === undefined)) {
  test(`local-aws agrees: ${setUp.name}`, async () => {
    const report = ask(setUp)
    const roleName = `r${setUps.indexOf(setUp)}`
    const trust = setUp.documents.trustPolicy ?? trusting([externalId])
    const isReadable = report.documents.every(({ problem }) => problem === undefined)
    const role = { RoleName: roleName, AssumeRolePolicyDocument: textOf(trust) }
    if (!isReadable) {
      await assert.rejects(iam.send(new CreateRoleCommand(role)), {
        name: 'MalformedPolicyDocumentException',
      })
      return
    }
    const UploadId = await makeRole(setUp, role)
    const asked = report.checks.filter(({ answer }) => answer !== 'UNDECIDED')
    for (const [at, check] of report.checks.entries()) {
      if (check.action !== 'sts:AssumeRole' || !asked.includes(check)) continue
      assert.equal(await isOpen(roleName, idOf(at)), check.answer === 'ALLOWED', check.asked)
    }
    await iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: roleName,
        PolicyDocument: textOf(trusting([externalId])),
      }),
    )
    const session = await openSession(roleName)
    for (const check of asked.filter(({ action }) => action.startsWith('s3:')))
      assert.equal(await mayDo(session, check, UploadId), check.answer === 'ALLOWED', check.asked)
    session.destroy()
  })
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

/** Documents name the role as the output does; here each set-up has a role of its own. */
async function makeRole(
  { documents }: SetUp,
  role: { RoleName: string; AssumeRolePolicyDocument: string },
): Promise<string | undefined> {
  const own = (document: unknown) =>
    textOf(document).replaceAll(`:role/writer"`, `:role/${role.RoleName}"`)
  await iam.send(new CreateRoleCommand(role))
  for (const [at, policy] of (documents.permissionsPolicies ?? []).entries())
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: role.RoleName,
        PolicyName: `p${at}`,
        PolicyDocument: own(policy),
      }),
    )
  await s3.send(new DeleteBucketPolicyCommand({ Bucket: bucketName }))
  const upload = new CreateMultipartUploadCommand({ Bucket: bucketName, Key: abortedKey })
  const { UploadId } = await s3.send(upload)
  if (documents.bucketPolicy)
    await s3.send(
      new PutBucketPolicyCommand({ Bucket: bucketName, Policy: own(documents.bucketPolicy) }),
    )
  return UploadId
}

/** As the checks of AssumeRole come: the right id, then the wrong ones. */
function idOf(at: number): string | undefined {
  const nearMisses = [externalId.replace(/.$/, '0'), externalId.replace(/^./, '0')]
  return [externalId, undefined, made.random, made.ownForm, ...nearMisses][at]
}

async function isOpen(roleName: string, id: string | undefined): Promise<boolean> {
  try {
    await assume(roleName, id)
    return true
  } catch (error) {
    assert.equal(Object(error).name, 'AccessDenied')
    return false
  }
}

async function assume(roleName: string, id: string | undefined): Promise<Credentials> {
  const target = targetOf({ name: '', documents: {}, verdict: 'PASSED' })
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: facts.roleArn.replace('writer', roleName),
      RoleSessionName: sessionNameOf(target),
      DurationSeconds: 3600,
      Policy: writeSessionPolicy(target),
      ...(id !== undefined && { ExternalId: id }),
    }),
  )
  assert(Credentials)
  return Credentials
}

async function openSession(roleName: string): Promise<S3Client> {
  const {
    AccessKeyId = '',
    SecretAccessKey = '',
    SessionToken = '',
  } = await assume(roleName, externalId)
  const keys = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  }
  return new S3Client({ ...clientOf(keys), forcePathStyle: true })
}

const abortedKey = 'sluice/example/2026-01-01-00-00.csv'

async function mayDo(
  session: S3Client,
  { action, resource }: Check,
  UploadId: string | undefined,
): Promise<boolean> {
  const place = { Bucket: bucketName, Key: resource.split(`${bucketName}/`)[1] ?? '' }
  try {
    if (action === 's3:PutObject') await session.send(new PutObjectCommand({ ...place, Body: 'x' }))
    else await session.send(new AbortMultipartUploadCommand({ ...place, UploadId }))
    return true
  } catch (error) {
    assert.equal(Object(error).name, 'AccessDenied')
    return false
  }
}

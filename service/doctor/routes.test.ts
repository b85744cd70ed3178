import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readConfig } from '#config'
import type { Database } from '#database'
import { type App, createServer } from '#http'
import { createAuthenticator, organizationRoutes } from '#organizations'
import { outputRoutes } from '#outputs'
import { Secret } from '#secret'
import { openTelemetry } from '#telemetry'
import { openTestDatabase } from '#testing'
import { doctorRoutes } from './doctor.ts'

const PRINCIPAL = 'arn:aws:iam::111111111111:user/sluice'
const OPERATOR_KEY = randomUUID()
const PATH = '/analytics/outputs/s3-role-based'
const clock = { now: () => new Date('2026-01-02T03:04:05.678Z') }
const telemetry = openTelemetry({ level: 'silent' })
const notAsked = () => assert.fail('AWS is not asked')
const rotationProof = { opensWith: notAsked, refuses: notAsked }
let directory: string
let database: Database
let app: App

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-doctor-routes-'))
  database = await openTestDatabase({ dataDirectory: directory })
  const config = readConfig({ SLUICE_PRINCIPAL_ARN: PRINCIPAL })
  const bootstrapApiKey = new Secret(OPERATOR_KEY)
  app = await createServer({
    clock,
    telemetry,
    authenticate: await createAuthenticator({ database, clock, bootstrapApiKey }),
    readiness: async () => [],
    routes: [
      organizationRoutes({ database }),
      outputRoutes({ config, database, rotationProof }),
      doctorRoutes({ config }),
    ],
  })
})
after(async () => {
  await app.close()
  await database.close()
  telemetry.close()
  await rm(directory, { recursive: true })
})

async function post(organization: string, path: string, body: object) {
  const response = await app.inject({
    method: 'POST',
    url: `/v1${path}`,
    headers: {
      'x-api-key': OPERATOR_KEY,
      ...(organization && { 'x-tenant-org-id': organization }),
    },
    body,
  })
  const { data } = response.json()
  return { status: response.statusCode, data, result: data.result }
}

async function newOrganization(): Promise<string> {
  const { result } = await post('', '/account/organizations', { name: randomUUID() })
  return result.id
}

async function newOutput(organization: string) {
  const body = { bucketName: 'my-bucket', roleArn: 'arn:aws:iam::222222222222:role/export' }
  return (await post(organization, PATH, body)).result
}

const trusting = (externalId: string) => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: PRINCIPAL },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': externalId } },
  },
})

test('a second organization’s output, and one that never was, are not found alike', async () => {
  const [first, second] = [await newOrganization(), await newOrganization()]
  const { id, externalId } = await newOutput(first)
  const body = { trustPolicy: trusting(externalId) }
  const foreign = await post(second, `${PATH}/${id}/doctor`, body)
  const nowhere = await post(second, `${PATH}/${randomUUID()}/doctor`, body)
  assert.deepEqual([foreign.status, nowhere.status], [404, 404])
  const withoutId = (data: { message: string }) => data.message.replace(/'[^']*'/, '')
  assert.equal(withoutId(foreign.data), withoutId(nowhere.data))
})

test('another organization’s external id reads like one that nobody has', async () => {
  const [first, second] = [await newOrganization(), await newOrganization()]
  const [own, sibling, foreign] = [
    await newOutput(first),
    await newOutput(first),
    await newOutput(second),
  ]
  const codesFor = async (externalId: string) => {
    const body = { trustPolicy: trusting(externalId) }
    const { result } = await post(first, `${PATH}/${own.id}/doctor`, body)
    return result.findings.map(({ code }: { code: string }) => code)
  }
  assert.deepEqual(await codesFor(sibling.externalId), ['EXTERNAL_ID_OF_OTHER_OUTPUT'])
  assert.deepEqual(await codesFor(foreign.externalId), ['EXTERNAL_ID_DIFFERS'])
  assert.deepEqual(await codesFor(randomUUID()), ['EXTERNAL_ID_DIFFERS'])
})

test('a member that there is not, too many documents and a huge one are refused', async () => {
  const organization = await newOrganization()
  const { id } = await newOutput(organization)
  const many = Array.from({ length: 51 }, () => trusting('x'))
  for (const body of [
    { trust: trusting('x') },
    { permissionsPolicies: many },
    { trustPolicy: ' '.repeat(65_537) },
    { trustPolicy: 7 },
  ])
    assert.equal((await post(organization, `${PATH}/${id}/doctor`, body)).status, 400)
  const huge = { permissionsPolicies: Array.from({ length: 5 }, () => ' '.repeat(65_536)) }
  assert.equal((await post(organization, `${PATH}/${id}/doctor`, huge)).status, 413)
})

test('a member that is misspelt is named', async () => {
  const organization = await newOrganization()
  const { id } = await newOutput(organization)
  const body = { permissionPolicies: [] }
  const { data } = await post(organization, `${PATH}/${id}/doctor`, body)
  assert.match(data.message, /has no member permissionPolicies/)
})

test('documents as JSON and as text get one answer, which is complete', async () => {
  const organization = await newOrganization()
  const { id, externalId } = await newOutput(organization)
  const permissions = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
  }
  const trustPolicy = trusting(externalId)
  const asJson = { trustPolicy, permissionsPolicies: [permissions] }
  const asText = {
    trustPolicy: JSON.stringify(trustPolicy, null, 2),
    permissionsPolicies: [JSON.stringify({ PolicyName: 'p', PolicyDocument: permissions })],
  }
  const [one, other] = [
    await post(organization, `${PATH}/${id}/doctor`, asJson),
    await post(organization, `${PATH}/${id}/doctor`, asText),
  ]
  assert.equal(one.status, 200)
  assert.equal(one.result.verdict, 'PASSED')
  const decided = (answer: typeof one) =>
    answer.result.checks.map(({ asked, decidedBy }: { asked: string; decidedBy: unknown }) => {
      return { asked, decidedBy }
    })
  assert.deepEqual(decided(one), decided(other))
  const [statement] = one.result.corrected.trustPolicy.Statement
  assert.deepEqual(statement.Condition.StringEquals, { 'sts:ExternalId': [externalId] })
})

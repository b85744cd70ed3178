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
import { Secret } from '#secret'
import { openTelemetry } from '#telemetry'
import { openTestDatabase } from '#testing'
import { outputRoutes } from './outputs.ts'

const PRINCIPAL = 'arn:aws:iam::111111111111:role/sluice/exporter'
const OPERATOR_KEY = randomUUID()
const PATH = '/analytics/outputs/s3-role-based'
const clock = { now: () => new Date('2026-01-02T03:04:05.678Z') }
const notAsked = () => Promise.reject(new Error('No rotation is tested here.'))
const telemetry = openTelemetry({ level: 'silent' })
let directory: string
let database: Database
let app: App
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-setup-routes-'))
  database = await openTestDatabase({ dataDirectory: directory })
  const bootstrapApiKey = new Secret(OPERATOR_KEY)
  app = await createServer({
    clock,
    telemetry,
    authenticate: await createAuthenticator({ database, clock, bootstrapApiKey }),
    readiness: async () => [],
    routes: [
      organizationRoutes({ database }),
      outputRoutes({
        database,
        config: readConfig({ SLUICE_PRINCIPAL_ARN: PRINCIPAL }),
        rotationProof: { opensWith: notAsked, refuses: notAsked },
      }),
    ],
  })
})
after(async () => {
  await app.close()
  await database.close()
  telemetry.close()
  await rm(directory, { recursive: true })
})

function send(organization: string, path: string, body?: object) {
  const headers = {
    'x-api-key': OPERATOR_KEY,
    ...(organization && { 'x-tenant-org-id': organization }),
  }
  const url = `/v1${path}`
  return app.inject({ method: body ? 'POST' : 'GET', url, headers, ...(body && { body }) })
}

async function resultOf(answer: ReturnType<typeof send>) {
  const { statusCode, body } = await answer
  assert.ok([200, 201].includes(statusCode), body)
  return JSON.parse(body).data.result
}

async function newOrganization(): Promise<string> {
  return (await resultOf(send('', '/account/organizations', { name: randomUUID() }))).id
}

async function newOutput(organization: string, more: object = {}) {
  const roleArn = 'arn:aws:iam::222222222222:role/export'
  return resultOf(send(organization, PATH, { bucketName: 'my-bucket', roleArn, ...more }))
}

test('another organization’s set-up does not exist, word for word', async () => {
  const [ours, theirs] = [await newOrganization(), await newOrganization()]
  const { id } = await newOutput(ours)
  for (const query of ['', '?format=aws-cli', '?format=trust-policy']) {
    const said = async (asked: string) => {
      const { statusCode, body } = await send(theirs, `${PATH}/${asked}/setup${query}`)
      assert.equal(statusCode, 404)
      return JSON.parse(body).data.message.replace(asked, 'ID')
    }
    assert.equal(await said(id), await said(randomUUID()))
  }
  assert.equal((await send(ours, `${PATH}/${id}/setup`)).statusCode, 200)
})

test('an unknown format or principal is told with what there is', async () => {
  const organization = await newOrganization()
  const { id } = await newOutput(organization)
  for (const query of ['format=pulumi', 'principal=root']) {
    const { statusCode, body } = await send(organization, `${PATH}/${id}/setup?${query}`)
    assert.equal(statusCode, 400)
    assert.match(body, query.startsWith('format') ? /cloudformation/ : /account/)
  }
})

test('the kit has the output’s real values, and every document by itself is the kit’s', async () => {
  const organization = await newOrganization()
  const output = await newOutput(organization, {
    pathPrefix: 'sluice',
    expectedBucketOwner: '333333333333',
    cloudRegion: 'EU_CENTRAL_1',
    kmsKeyArn: 'arn:aws:kms:eu-central-1:444444444444:key/11111111-2222-4333-8444-555555555555',
  })
  const path = `${PATH}/${output.id}/setup`
  const kit = await resultOf(send(organization, path))
  assert.deepEqual(kit.externalIds, [output.externalId])
  assert.equal(kit.sessionName, `sluice-${output.id}`)
  assert.match(kit.opens, /s3:\/\/my-bucket\/sluice\//)
  const [statement] = kit.trustPolicy.Statement
  assert.deepEqual(statement.Principal, { AWS: ['arn:aws:iam::111111111111:root'] })
  assert.deepEqual(statement.Condition, {
    StringEquals: { 'sts:ExternalId': [output.externalId] },
    ArnEquals: { 'aws:PrincipalArn': [PRINCIPAL] },
  })
  assert.equal(kit.permissions[0].sid, 'PutObjects')
  const types: Record<string, string> = {
    'trust-policy': 'application/json; charset=utf-8',
    'permissions-policy': 'application/json; charset=utf-8',
    'bucket-policy': 'application/json; charset=utf-8',
    'key-policy': 'application/json; charset=utf-8',
    'aws-cli': 'text/x-shellscript; charset=utf-8',
    cloudformation: 'application/yaml; charset=utf-8',
    terraform: 'text/plain; charset=utf-8',
    console: 'text/markdown; charset=utf-8',
  }
  assert.deepEqual(
    kit.documents.map(({ format }: { format: string }) => format),
    Object.keys(types),
  )
  for (const { format, fileName, text } of kit.documents) {
    const { statusCode, body, headers } = await send(organization, `${path}?format=${format}`)
    assert.equal(statusCode, 200)
    assert.equal(body, text)
    assert.equal(headers['content-type'], types[format])
    assert.equal(headers['content-disposition'], `inline; filename="${fileName}"`)
  }
  const named = await send(organization, `${path}?format=trust-policy&principal=arn`)
  assert.deepEqual(JSON.parse(named.body).Statement[0].Principal, { AWS: [PRINCIPAL] })
})

test('a bucket policy that is not needed is not there, and the answer says why', async () => {
  const organization = await newOrganization()
  const { id } = await newOutput(organization)
  for (const format of ['bucket-policy', 'key-policy']) {
    const { statusCode, body } = await send(organization, `${PATH}/${id}/setup?format=${format}`)
    assert.equal(statusCode, 404)
    assert.match(JSON.parse(body).data.message, /belong to the role’s own account/)
  }
})

test('whoever has a key may know whom customers trust', async () => {
  const { statusCode } = await app.inject({ method: 'GET', url: '/v1/analytics/principal' })
  assert.equal(statusCode, 401)
  assert.deepEqual(await resultOf(send(await newOrganization(), '/analytics/principal')), {
    arn: PRINCIPAL,
    partition: 'aws',
    accountId: '111111111111',
    kind: 'role',
    name: 'exporter',
    forms: [
      {
        form: 'account',
        principal: { AWS: ['arn:aws:iam::111111111111:root'] },
        condition: { ArnEquals: { 'aws:PrincipalArn': [PRINCIPAL] } },
      },
      { form: 'arn', principal: { AWS: [PRINCIPAL] } },
    ],
  })
})

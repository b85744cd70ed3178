import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Config, readConfig } from '#config'
import { asOrganizationId, type Database, openScope } from '#database'
import type { AccessAction } from '#delivery'
import { type App, createServer } from '#http'
import { createAuthenticator, organizationRoutes } from '#organizations'
import { Secret } from '#secret'
import { openTelemetry } from '#telemetry'
import { openTestDatabase } from '#testing'
import { ACCESSES_KEPT_DAYS, recordAccess, removeOldAccesses } from './accesses.ts'
import { outputRoutes } from './outputs.ts'

const PRINCIPAL = 'arn:aws:iam::111111111111:user/sluice'
const OPERATOR_KEY = randomUUID()
const neverAsked = () => Promise.reject(new Error('No role is asked here.'))
const rotationProof = { opensWith: neverAsked, refuses: neverAsked }
const PATH = '/analytics/outputs/s3-role-based'
let now = new Date('2026-01-02T03:04:05.678Z')
const clock = { now: () => now }
const telemetry = openTelemetry({ level: 'silent' })
let directory: string
let database: Database
let app: App

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-outputs-'))
  database = await openTestDatabase({ dataDirectory: directory })
  app = await start(
    readConfig({ SLUICE_PRINCIPAL_ARN: PRINCIPAL, SLUICE_ALLOW_CUSTOM_EXTERNAL_ID: 'true' }),
  )
})
after(async () => {
  await app.close()
  await database.close()
  telemetry.close()
  await rm(directory, { recursive: true })
})

async function start(config: Config): Promise<App> {
  const bootstrapApiKey = new Secret(OPERATOR_KEY)
  return createServer({
    clock,
    telemetry,
    authenticate: await createAuthenticator({ database, clock, bootstrapApiKey }),
    readiness: async () => [],
    routes: [organizationRoutes({ database }), outputRoutes({ config, database, rotationProof })],
  })
}

async function call(organization: string, request: string, body?: object) {
  const [method, path] = request.split(' ')
  const response = await app.inject({
    method: method === 'POST' ? 'POST' : method === 'DELETE' ? 'DELETE' : 'GET',
    url: `/v1${path}`,
    headers: {
      'x-api-key': OPERATOR_KEY,
      ...(organization && { 'x-tenant-org-id': organization }),
    },
    ...(body && { body }),
  })
  const { data } = response.json()
  return { status: response.statusCode, data, result: data.result }
}

async function newOrganization(): Promise<string> {
  const { result } = await call('', 'POST /account/organizations', { name: randomUUID() })
  return result.id
}

const bodyOf = (more: object = {}) => ({
  bucketName: 'my-bucket',
  roleArn: 'arn:aws:iam::222222222222:role/export',
  ...more,
})

async function create(organization: string, more: object = {}) {
  const { status, result, data } = await call(organization, `POST ${PATH}`, bodyOf(more))
  assert.equal(status, 201, JSON.stringify(data))
  return result
}

test('another organization’s output does not exist, word for word', async () => {
  const [ours, theirs] = [await newOrganization(), await newOrganization()]
  const output = await create(ours)
  for (const request of [
    `GET ${PATH}/ID`,
    `GET ${PATH}/ID/customData`,
    `GET ${PATH}/ID/accesses`,
    `DELETE ${PATH}/ID`,
  ]) {
    const stranger = await call(theirs, request.replace('ID', output.id))
    const unknown = await call(theirs, request.replace('ID', randomUUID()))
    assert.equal(stranger.status, 404)
    const [said, saidOfUnknown] = [stranger, unknown].map(({ data }) =>
      data.message.replace(/[0-9a-f-]{36}/, 'ID'),
    )
    assert.equal(said, saidOfUnknown)
  }
  assert.equal((await call(theirs, `GET ${PATH}`)).result.totalCount, 0)
  assert.equal((await call(ours, `GET ${PATH}/${output.id}`)).status, 200)
})

test('an id that was issued, or is another’s, cannot be chosen', async () => {
  const [ours, theirs] = [await newOrganization(), await newOrganization()]
  const externalId = `chosen-${randomUUID()}`
  const choose = (organization: string, id: string) =>
    call(organization, `POST ${PATH}`, bodyOf({ externalIdMode: 'CUSTOM', externalId: id }))
  assert.equal((await choose(ours, externalId)).status, 201)
  assert.equal((await choose(ours, externalId)).status, 201)
  const taken = await choose(theirs, externalId)
  assert.equal(taken.status, 409)
  assert.equal((await choose(ours, (await create(theirs)).externalId)).status, 400)
  assert.equal((await choose(ours, (await create(ours)).externalId)).status, 400)
})

test('an id of a deleted output never comes back', async () => {
  const organization = await newOrganization()
  const externalId = `chosen-${randomUUID()}`
  const output = await create(organization, { externalIdMode: 'CUSTOM', externalId })
  await call(organization, `DELETE ${PATH}/${output.id}`)
  const again = bodyOf({ externalIdMode: 'CUSTOM', externalId })
  assert.equal((await call(organization, `POST ${PATH}`, again)).status, 409)
})

test('GENERATED ids are all different and name nobody; the GLOBAL one is the organization’s', async () => {
  const [ours, theirs] = [await newOrganization(), await newOrganization()]
  const generated = await Promise.all([create(ours), create(ours), create(theirs)])
  const ids = generated.map(({ externalId }) => externalId)
  assert.equal(new Set(ids).size, 3)
  assert(ids.every((id) => !id.includes(ours) && !id.includes(generated[0].id)))
  const global = { externalIdMode: 'GLOBAL' }
  const [first, second] = await Promise.all([create(ours, global), create(ours, global)])
  assert.equal(first.externalId, second.externalId)
  assert.notEqual((await create(theirs, global)).externalId, first.externalId)
  await call(ours, `DELETE ${PATH}/${first.id}`)
  assert.equal((await create(ours, global)).externalId, second.externalId)
})

test('an output says everything that the trust policy needs', async () => {
  const organization = await newOrganization()
  const output = await create(organization, {
    name: 'ours',
    pathPrefix: 'sluice',
    customData: { team: 'video' },
  })
  const { id, externalId, createdAt, modifiedAt, ...members } = output
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.match(externalId, /^[\w+=,.@:/-]{32,}$/)
  assert.deepEqual(members, {
    type: 'S3_ROLE_BASED',
    name: 'ours',
    bucketName: 'my-bucket',
    roleArn: 'arn:aws:iam::222222222222:role/export',
    externalIdMode: 'GENERATED',
    principalArn: PRINCIPAL,
    pathPrefix: 'sluice/',
    signatureVersion: 'S3_V4',
    bucketOwnerFullControl: false,
    externalIdEnforcement: 'STRICT',
  })
  assert.deepEqual(
    [createdAt, modifiedAt],
    ['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z'],
  )
  assert.deepEqual((await call(organization, `GET ${PATH}/${id}`)).result, output)
  const { customData } = (await call(organization, `GET ${PATH}/${id}/customData`)).result
  assert.deepEqual(customData, { team: 'video' })
})

test('outputs are listed in pages and by their exact name', async () => {
  const organization = await newOrganization()
  for (const name of ['one', 'two', 'two', 'three']) await create(organization, { name })
  const page = (await call(organization, `GET ${PATH}?offset=1&limit=2`)).result
  assert.deepEqual([page.totalCount, page.items.length], [4, 2])
  const named = (await call(organization, `GET ${PATH}?name=two`)).result
  assert.deepEqual([named.totalCount, named.items.length], [2, 2])
})

/** An output, whose role is used so often, a second apart. */
async function createUsed(organization: string, actions: readonly AccessAction[]) {
  const output = await create(organization)
  const scope = openScope(database, asOrganizationId(organization), clock)
  const access = {
    why: 'export task 1',
    sessionName: `sluice-${output.id}`,
    stsRequestIds: ['sts-1'],
    s3RequestIds: [],
    accessKeyId: undefined,
    objectKey: undefined,
    outcome: 'OK',
  }
  for (const action of actions) {
    now = new Date(now.getTime() + 1000)
    const used = { ...access, at: now, action }
    await recordAccess(scope, { outputId: output.id, taskId: undefined, access: used })
  }
  return output
}

test('every use of the role can be read, the newest first', async () => {
  const organization = await newOrganization()
  const output = await createUsed(organization, ['PROVE_ROLE', 'OPEN_SESSION'])
  const { totalCount, items } = (await call(organization, `GET ${PATH}/${output.id}/accesses`))
    .result
  assert.equal(totalCount, 2)
  assert.deepEqual(
    items.map(({ action }: { action: string }) => action),
    ['OPEN_SESSION', 'PROVE_ROLE'],
  )
  const { id, at, ...first } = items[0]
  assert.deepEqual(first, {
    action: 'OPEN_SESSION',
    why: 'export task 1',
    sessionName: `sluice-${output.id}`,
    stsRequestIds: ['sts-1'],
    s3RequestIds: [],
    outcome: 'OK',
  })
})

test('uses that are kept no longer go some at a time, the oldest first', async () => {
  const organization = await newOrganization()
  const actions = ['PROVE_ROLE', 'OPEN_SESSION', 'FIND_REGION', 'PUT_OBJECT'] as const
  const { id } = await createUsed(organization, actions)
  const later = new Date(now.getTime() + ACCESSES_KEPT_DAYS * 86_400_000) // the last is kept still
  const left = async () =>
    (await call(organization, `GET ${PATH}/${id}/accesses`)).result.items.map(
      ({ action }: { action: AccessAction }) => action,
    )
  while ((await left()).length > 3) await removeOldAccesses(database, later, 1)
  assert.deepEqual(await left(), ['PUT_OBJECT', 'FIND_REGION', 'OPEN_SESSION'])
  assert.equal(await removeOldAccesses(database, later, 2), true)
  assert.equal(await removeOldAccesses(database, later, 2), false)
  assert.deepEqual(await left(), ['PUT_OBJECT'])
})

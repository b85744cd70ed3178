import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, mock, test } from 'node:test'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { createClient, ExportTaskError } from '@sluice/sdk'
import { sql } from 'kysely'
import { openDatabase } from '#database'
import { openTelemetry } from '#telemetry'
import {
  findSecrets,
  policyOf,
  type Rehearsal,
  rehearse,
  startListener,
  startWorld,
  testDatabaseUrl,
  type World,
} from '#testing'

// A world in which everything is used and much goes wrong. Then two questions: does every call of AWS stand
// in the record of the role, and no other; and does anything that was written anywhere hold a secret?

const HOUR_MS = 3_600_000
const START = new Date(Math.floor(Date.now() / HOUR_MS - 30) * HOUR_MS)

const opened = new AsyncDisposableStack()
let directory: string
let world: World
let sessions: Awaited<ReturnType<typeof startListener>>
let right: Rehearsal
const rehearsals: Rehearsal[] = []
/** Everything that was told: to the log, to callers, and to who types commands. */
const told = { log: [] as string[], answers: [] as string[], errors: [] as string[] }
const apiKeys = new Set<string>(['sluice_wrong_0123456789abcdef0123456789abcdef'])

let aheadMs = 0
const clock = { now: () => new Date(Date.now() + aheadMs) }

before(async () => {
  listenToAnswers()
  directory = await mkdtemp(join(tmpdir(), 'sluice-told-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  const telemetry = openTelemetry({
    level: 'debug',
    destination: { write: (line) => void told.log.push(line) },
  })
  world = await startWorld({
    dataDirectory: directory,
    clock,
    telemetry,
    iamDelayMs: 0,
    probePauseMs: 1,
    frontOf: async (behind) => {
      sessions = opened.use(await startListener(behind))
      return sessions.url
    },
  })
  opened.defer(() => world.close())
  await useEverything()
})
after(() => opened.disposeAsync())

/** What the service answers, and what the SDK makes of it. */
function listenToAnswers(): void {
  const send = globalThis.fetch
  mock.method(globalThis, 'fetch', async (...args: Parameters<typeof fetch>) => {
    const answer = await send(...args)
    const headers = JSON.stringify([...answer.headers])
    told.answers.push(`${answer.url}\n${headers}\n${await answer.clone().text()}`)
    return answer
  })
}

async function useEverything(): Promise<void> {
  const organization = await world.createOrganization()
  apiKeys.add(organization.apiKey)
  const client = createClient({ apiUrl: world.apiUrl, apiKey: organization.apiKey })
  const { value: license } = await client.licenses.list().next()
  const rows = [0, 1].map((hour) =>
    JSON.stringify({
      time: new Date(START.getTime() + hour * HOUR_MS + 1000).toISOString(),
      impression_id: `impression-${hour}`,
      sequence_number: hour,
    }),
  )
  const body = rows.join('\n')
  const contentType = 'application/x-ndjson' as const
  await client.licenses.importSamples(license?.id ?? '', { contentType, body })
  await useRightRole(organization)
  await useWrongRoles(organization)
  await useWrongKeys(organization)
  await useCommands(organization)
}

type Organization = Awaited<ReturnType<World['createOrganization']>>

async function prepare(
  organization: Organization,
  made: { trust?: object[]; permissions?: object[]; role?: false } = {},
): Promise<Rehearsal> {
  const it = await rehearse(world, organization, {})
  rehearsals.push(it)
  opened.use(it)
  await it.s3.send(new CreateBucketCommand({ Bucket: it.bucketName }))
  if (made.role === false) return it
  await it.createRole(made.trust)
  await it.putPermissions(made.permissions)
  return it
}

/** The code that it ended with. */
async function exportOnce(it: Rehearsal, outputPath: string): Promise<string> {
  const { id } = await it.client.exportTasks.create({
    name: outputPath,
    startTime: START.toISOString(),
    endTime: new Date(START.getTime() + 2 * HOUR_MS).toISOString(),
    licenseKey: it.organization.licenseKey,
    type: 'SESSIONS',
    output: { outputId: it.output.id, outputPath: `samples/${outputPath}` },
  })
  // A failure that passes is tried again after some seconds of the service's clock.
  const onProgress = () => {
    aheadMs += 500
  }
  try {
    await it.client.exportTasks.waitUntilFinished(id, { pollMs: 100, onProgress })
    return 'FINISHED'
  } catch (error) {
    assert(error instanceof ExportTaskError, String(error))
    told.errors.push(describeThrown(error))
    return error.code
  }
}

/** Exports that meet a fault and come through, verification, rotation, and all documents. */
async function useRightRole(organization: Organization): Promise<void> {
  right = await prepare(organization, { permissions: [allowAll] })
  const { s3RoleBased } = right.client.outputs
  const { id } = right.output
  assert.equal(await exportOnce(right, 'plain'), 'FINISHED')
  for (const fault of [
    { service: 'sts', operation: 'AssumeRole', kind: 'throttle', skip: 1 },
    { service: 's3', operation: 'PutObject', kind: 'expired-token' },
    { service: 's3', operation: 'PutObject', kind: 'throttle' },
    { service: 's3', operation: 'PutObject', kind: 'internal-error', skip: 1 },
    { service: 's3', operation: 'HeadBucket', kind: 'service-unavailable' },
  ] as const) {
    using added = world.aws.faults.add({ ...fault, times: 1 })
    assert.equal(await exportOnce(right, fault.kind), 'FINISHED')
    assert.equal(added.struck, 1, fault.kind)
  }
  using _broken = world.aws.faults.add({
    ...{ service: 's3', operation: 'CreateMultipartUpload', kind: 'expired-token', times: 1 },
  } as const)
  await s3RoleBased.verify(id)
  await s3RoleBased.verify(id, { wholeObject: true })
  await rotate(right)
  const trust = { Version: '2012-10-17', Statement: [] }
  await s3RoleBased.diagnose(id, {
    trustPolicy: trust,
    permissionsPolicies: [JSON.parse(policyOf([allowAll]))],
  } as never)
  const path = `${world.apiUrl}/analytics/outputs/s3-role-based/${id}`
  const headers = { 'X-Api-Key': organization.apiKey }
  for (const document of ['setup', 'report', 'report?format=html', 'report?format=markdown'])
    assert.equal((await fetch(`${path}/${document}`, { headers })).status, 200)
  await s3RoleBased.listAccesses(id).next()
}

const allowAll = { Effect: 'Allow', Action: 's3:*', Resource: '*' }

async function rotate(it: Rehearsal): Promise<void> {
  const { externalIdRotation } = it.client.outputs.s3RoleBased
  const trusting = (ids: string[]) => [
    {
      Effect: 'Allow',
      Principal: { AWS: it.principalArn },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': ids } },
    },
  ]
  const { oldExternalId, nextExternalId } = await externalIdRotation.start(it.output.id)
  await it.changeTrust(trusting([oldExternalId, nextExternalId]))
  await externalIdRotation.promote(it.output.id)
  await assert.rejects(externalIdRotation.retire(it.output.id), keepThrown)
  await it.changeTrust(trusting([nextExternalId]))
  await externalIdRotation.retire(it.output.id)
}

/** Roles that are missing, open, or may not write. */
async function useWrongRoles(organization: Organization): Promise<void> {
  const trusting = { Effect: 'Allow', Principal: { AWS: world.servicePrincipalArn } }
  const open = [{ ...trusting, Action: 'sts:AssumeRole' }]
  const cases: [string, Parameters<typeof prepare>[1]][] = [
    ['ROLE_NOT_ASSUMABLE', { role: false }],
    ['ROLE_IGNORES_EXTERNAL_ID', { trust: open }],
    ['PUT_NOT_ALLOWED', { permissions: [{ ...allowAll, Action: 's3:ListBucket' }] }],
  ]
  for (const [code, made] of cases) {
    const it = await prepare(organization, made)
    assert.equal(await exportOnce(it, 'refused'), code)
    const { verdict } = await it.client.outputs.s3RoleBased.verify(it.output.id)
    assert.equal(verdict, 'FAILED')
  }
}

/** Keys that are made, revoked, sent by the address, and wrong. */
async function useWrongKeys({ apiKey }: Organization): Promise<void> {
  const client = createClient({ apiUrl: world.apiUrl, apiKey })
  const made = await client.apiKeys.create({ name: 'second' })
  apiKeys.add(made.value)
  const listed = `${world.apiUrl}/analytics/outputs/s3-role-based?limit=1&x-api-key=${made.value}`
  assert.equal((await fetch(listed)).status, 200)
  await client.apiKeys.delete(made.id)
  for (const wrong of apiKeys) {
    const stranger = createClient({ apiUrl: world.apiUrl, apiKey: wrong })
    await assert.rejects(stranger.outputs.s3RoleBased.get('no-uuid'), keepThrown)
  }
}

async function useCommands({ apiKey }: Organization): Promise<void> {
  for (const [key, args] of [
    [apiKey, ['outputs', 'report', right.output.id]],
    [apiKey, ['outputs', 'accesses', right.output.id]],
    [apiKey, ['exports', 'get', 'none']],
    [[...apiKeys][0] ?? '', ['outputs', 'list']],
  ] as const)
    await new Promise<void>((done) => {
      const env = { PATH: process.env.PATH, SLUICE_API_URL: world.apiUrl, SLUICE_API_KEY: key }
      const file = join(import.meta.dirname, '../cli/sluice.js')
      execFile(process.execPath, [file, ...args], { env }, (_error, stdout, stderr) => {
        told.errors.push(stdout, stderr)
        done()
      })
    })
}

function keepThrown(error: unknown): boolean {
  told.errors.push(describeThrown(error))
  return true
}

function describeThrown(error: unknown): string {
  return `${error}\n${Object(error).stack}\n${JSON.stringify(error)}`
}

test('every answered call of AWS stands in the record of the role, and no other', async () => {
  const calls = [
    ...world.aws.calls.list({ service: 'sts' }),
    ...world.aws.calls.list({ service: 's3' }),
  ]
  assert.equal(world.aws.calls.forgotten, 0)
  for (const { output, client } of rehearsals) {
    const recorded: string[] = []
    const aborted = new Set<string | undefined>()
    for await (const access of client.outputs.s3RoleBased.listAccesses(output.id)) {
      assert.equal(access.sessionName, `sluice-${output.id}`)
      recorded.push(...access.stsRequestIds, ...access.s3RequestIds)
      // Its answer was not waited for, since another file had failed: there is a record, and no id.
      if (access.outcome === 'ABORTED') aborted.add(access.objectKey)
    }
    const made = calls.filter(({ requestParameters, userIdentity }) =>
      [requestParameters.roleSessionName, userIdentity.arn?.split('/').at(-1)].includes(
        `sluice-${output.id}`,
      ),
    )
    assert(made.length > 0)
    assert.equal(new Set(recorded).size, recorded.length)
    const known = new Set(recorded)
    const missing = made.filter(({ requestID }) => !known.delete(requestID))
    assert.deepEqual([...known], [])
    const unanswered = missing.filter(({ requestParameters: { key } }) => !aborted.has(key))
    assert.deepEqual(unanswered, [])
  }
})

test('uses are found by their time', async () => {
  const { s3RoleBased } = right.client.outputs
  const all = await collect(s3RoleBased.listAccesses(right.output.id))
  const middle = all[Math.floor(all.length / 2)]?.at ?? ''
  const since = await collect(s3RoleBased.listAccesses(right.output.id, { from: middle }))
  const before = await collect(s3RoleBased.listAccesses(right.output.id, { to: middle }))
  assert(since.length > 0 && before.length > 0)
  assert.deepEqual([...since, ...before], all)
  assert(since.every(({ at }) => at >= middle))
})

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

test('no secret stands in a log line, answer, error, table, file or object', async () => {
  const objects = await readObjects()
  const awsState = await readFile(join(directory, 'aws', 'identities.json'), 'utf8')
  const keys = [...awsState.matchAll(/"(?:secretAccessKey|tokenKey)":\s*"([^"]+)"/g)]
  const secrets = new Set([
    ...sessions.secrets,
    ...keys.map(([, secret]) => secret ?? ''),
    ...apiKeys,
    world.operatorApiKey,
  ])
  assert(sessions.secrets.size > 50 && keys.length > 2, 'the secrets of the world were not found')
  const [byDesign, answers] = partition(told.answers, isNewKey)
  assert(
    byDesign.length > 0 && byDesign.every((answer) => findSecrets(answer, apiKeys).length === 1),
  )
  const awsSecrets = [...sessions.secrets, ...keys.map(([, secret]) => secret ?? '')]
  assert.deepEqual(
    byDesign.flatMap((answer) => findSecrets(answer, awsSecrets)),
    [],
  )
  await world.close()
  const [tables, files] = [await readTables(), await readFiles(join(directory, 'service'))]
  const { log, errors } = told
  const everything = {
    log,
    answers: answers.map(withoutOwnAddress),
    errors,
    objects,
    tables,
    files,
  }
  for (const [what, texts] of Object.entries(everything)) {
    assert(texts.length > 0, what)
    for (const text of texts)
      assert.deepEqual(findSecrets(text, secrets), [], `${what}: ${String(text).slice(0, 300)}`)
  }
})

/** The one answer that has an API key. */
function isNewKey(answer: string): boolean {
  return /\/api-keys\n/.test(answer) && answer.includes('"value"')
}

/** The first line is the address that was asked, which is the caller's own word. */
function withoutOwnAddress(answer: string): string {
  return answer.slice(answer.indexOf('\n'))
}

function partition<Item>(items: Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}

/** All objects with their metadata. */
async function readObjects(): Promise<string[]> {
  const texts: string[] = []
  for (const { s3, bucketName } of rehearsals) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucketName }))
    for (const { Key } of Contents) {
      const {
        Body,
        $metadata: _,
        ...rest
      } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }))
      texts.push(`${Key}\n${JSON.stringify(rest)}\n${await Body?.transformToString()}`)
    }
  }
  return texts
}

/** Every row of every table. */
async function readTables(): Promise<string[]> {
  const url = await testDatabaseUrl(directory)
  const dataDirectory = join(directory, 'service')
  await using database = await openDatabase({ dataDirectory, ...(url !== undefined && { url }) })
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public'
  `.execute(database.db)
  const texts: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`
      select row_to_json(t)::text as row from ${sql.table(name)} t
    `.execute(database.db)
    texts.push(...rows.map(({ row }) => `${name} ${row}`))
  }
  return texts
}

async function readFiles(path: string): Promise<Buffer[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name))))
}

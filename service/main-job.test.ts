import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { parse } from 'csv-parse/sync'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from '#compressors'
import { startWorld, type World, type WorldOrganization } from '#testing'

// The whole way of a day of samples: in through the API, out through the customer's role, read back with
// readers that are not our writers.

const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
const ROWS_PER_HOUR = 50
const TASK_MS_MAX = 30_000

let world: World
let organization: WorldOrganization
let licenseId: string
before(async () => {
  world = await startWorld({ env: { SLUICE_LOG_LEVEL: 'silent' } })
  organization = await world.createOrganization('Aurora Video')
  const licenses = await call('GET', '/analytics/licenses')
  licenseId = licenses.items[0].id
  const answer = await importSamples(dayOfSamples())
  assert.deepEqual(answer, { accepted: 24 * ROWS_PER_HOUR, rejected: 0, errors: [] })
})
after(() => world.close())

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
type Answer = any

async function request(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${world.apiUrl}${path}`, {
    method,
    headers: { 'X-Api-Key': organization.apiKey, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function call(method: string, path: string, body?: object): Promise<Answer> {
  const response = await request(method, path, body)
  const answer: Answer = await response.json()
  assert(response.ok, JSON.stringify(answer))
  return answer.data.result
}

async function importSamples(rows: object[]): Promise<Answer> {
  const response = await fetch(`${world.apiUrl}/analytics/licenses/${licenseId}/samples`, {
    method: 'POST',
    headers: { 'X-Api-Key': organization.apiKey, 'Content-Type': 'application/x-ndjson' },
    body: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  })
  const answer: Answer = await response.json()
  assert.equal(response.status, 200, JSON.stringify(answer))
  return answer.data.result
}

function dayOfSamples(): object[] {
  return Array.from({ length: 24 * ROWS_PER_HOUR }, (_, index) => {
    const hour = Math.floor(index / ROWS_PER_HOUR)
    const time = new Date(DAY.getTime() + hour * HOUR_MS + (index % ROWS_PER_HOUR) * 60_000 + 17)
    return {
      time: time.toISOString(),
      impression_id: randomUUID(),
      sequence_number: index,
      duration: index * 3,
      path: `/watch "live", ${index}`,
      country: index % 2 === 0 ? 'AT' : null,
    }
  })
}

interface Customer {
  bucketName: string
  output: Answer
}

/** As the tutorial has it: a bucket, an output, a role that demands the output's external id. */
async function setUp(
  options: { demandsExternalId?: boolean; hasBucket?: boolean } = {},
): Promise<Customer> {
  const { demandsExternalId = true, hasBucket = true } = options
  const { accountId, accessKeyId, secretAccessKey, region } = organization.aws
  const client = {
    endpoint: world.aws.endpointUrl,
    region,
    credentials: { accessKeyId, secretAccessKey },
  }
  const suffix = randomUUID().slice(0, 8)
  const bucketName = `aurora-${suffix}`
  const RoleName = `sluice-export-${suffix}`
  if (hasBucket) await new S3Client(client).send(new CreateBucketCommand({ Bucket: bucketName }))
  const output = await call('POST', '/analytics/outputs/s3-role-based', {
    name: `to ${bucketName}`,
    bucketName,
    roleArn: `arn:aws:iam::${accountId}:role/${RoleName}`,
  })
  const iam = new IAMClient(client)
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: world.servicePrincipalArn },
            Action: 'sts:AssumeRole',
            ...(demandsExternalId && {
              Condition: { StringEquals: { 'sts:ExternalId': output.externalId } },
            }),
          },
        ],
      }),
    }),
  )
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
  return { bucketName, output }
}

async function exportDay(output: Answer, more: object = {}): Promise<Answer> {
  const { id } = await call('POST', '/analytics/exports', {
    name: 'a day',
    startTime: DAY.toISOString(),
    endTime: new Date(DAY.getTime() + 24 * HOUR_MS).toISOString(),
    licenseKey: organization.licenseKey,
    type: 'SESSIONS',
    output: { outputId: output.id, outputPath: 'exports/day' },
    ...more,
  })
  const deadline = performance.now() + TASK_MS_MAX
  for (;;) {
    const task = await call('GET', `/analytics/exports/${id}`)
    if (['FINISHED', 'ERROR'].includes(task.status)) return task
    assert(performance.now() < deadline, `the task is still ${JSON.stringify(task)}`)
    await new Promise((done) => setTimeout(done, 100))
  }
}

function openBucket(bucketName: string) {
  const { accessKeyId, secretAccessKey, region } = organization.aws
  const s3 = new S3Client({
    endpoint: world.aws.endpointUrl,
    region,
    credentials: { accessKeyId, secretAccessKey },
  })
  const get = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }
  return { s3, get }
}

async function readKeys({ bucketName }: Customer): Promise<string[]> {
  const { s3 } = openBucket(bucketName)
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucketName }))
  return Contents.map(({ Key = '' }) => Key)
}

const fileFormats = ['CSV', 'PARQUET'] as const

async function readRows(
  bytes: Buffer,
  fileFormat: (typeof fileFormats)[number],
): Promise<Answer[]> {
  if (fileFormat === 'CSV') return parse(bytes, { columns: true })
  const { buffer, byteOffset } = bytes
  const file = buffer.slice(byteOffset, byteOffset + bytes.length) as ArrayBuffer
  return parquetReadObjects({ file, compressors })
}

for (const fileFormat of fileFormats)
  test(`a day arrives as 24 ${fileFormat} files and a manifest, each row once`, async () => {
    const customer = await setUp()
    const task = await exportDay(customer.output, { fileFormat })
    assert.equal(task.status, 'FINISHED', JSON.stringify(task))
    const { s3, get } = openBucket(customer.bucketName)
    const keys = await readKeys(customer)
    assert.equal(keys.length, 25)
    const manifestKey = keys.find((key) => key.endsWith(`manifest-${task.id}.json`))
    assert(manifestKey !== undefined)
    const manifest: Answer = JSON.parse((await get(manifestKey)).toString())
    assert.equal(manifest.files.length, 24)
    const seen = new Set<number>()
    for (const file of manifest.files) {
      const bytes = await get(file.objectKey ?? file.key)
      assert.equal(createHash('sha256').update(bytes).digest('hex'), file.sha256)
      const rows = await readRows(bytes, fileFormat)
      assert.equal(rows.length, file.rows)
      for (const row of rows) {
        const index = Number(row.sequence_number)
        seen.add(index)
        assert.equal(row.path, `/watch "live", ${index}`)
        assert.equal(Number(row.duration), index * 3)
        assert.equal(row.country || null, index % 2 === 0 ? 'AT' : null)
      }
    }
    assert.equal(seen.size, 24 * ROWS_PER_HOUR)
    const open = await s3.send(new ListMultipartUploadsCommand({ Bucket: customer.bucketName }))
    assert.deepEqual(open.Uploads ?? [], [])
  })

const customDataNames = (count: number) =>
  Array.from({ length: count }, (_, index) => `custom_data_${index + 1}`)

test('every field of custom data arrives with any character in it, in either format', async () => {
  const values = [
    '👩‍👩‍👧‍👦 🇦🇹 ẍ̣',
    'שלום \u202eعليكم\u202c',
    'a\u2028b\u2029c\u0085d\ufeff',
    '\u0000 within \u0001',
    'one\r\ntwo\n"three",\tfour;',
    '\\N',
    ' spaces ',
    '=SUM(A1)',
    'NULL',
    '𝕊'.repeat(200),
  ]
  const names = customDataNames(100)
  const textAt = (index: number) => values[index % values.length]
  const start = new Date(DAY.getTime() - HOUR_MS)
  const sample = { time: start.toISOString(), impression_id: randomUUID(), sequence_number: 0 }
  const fields = Object.fromEntries(names.map((name, index) => [name, textAt(index)]))
  await importSamples([{ ...sample, ...fields }])
  const customer = await setUp()
  const window = { startTime: start.toISOString(), endTime: DAY.toISOString() }
  for (const fileFormat of fileFormats) {
    const task = await exportDay(customer.output, { ...window, fileFormat })
    assert.equal(task.status, 'FINISHED', JSON.stringify(task))
    const key = (await readKeys(customer)).find((found) =>
      found.endsWith(fileFormat === 'CSV' ? '.csv' : '.parquet'),
    )
    const rows = await readRows(await openBucket(customer.bucketName).get(key ?? ''), fileFormat)
    assert.equal(rows.length, 1)
    for (const [index, name] of names.entries()) assert.equal(rows[0][name], textAt(index), name)
  }
})

test('500 fields of custom data are more than there are: each that is not one is named before any work', async () => {
  const { output } = await setUp()
  const columns = customDataNames(500)
  const response = await request('POST', '/analytics/exports', {
    name: 'wide',
    startTime: DAY.toISOString(),
    endTime: new Date(DAY.getTime() + HOUR_MS).toISOString(),
    licenseKey: organization.licenseKey,
    type: 'SESSIONS',
    columns,
    output: { outputId: output.id, outputPath: 'wide' },
  })
  const text = await response.text()
  assert.equal(response.status, 400, text)
  assert.match(text, /custom_data_101\b/)
  assert.doesNotMatch(text, /custom_data_100\b/)
})

test('a role that opens without the external id gets nothing, and the remedy says what to change', async () => {
  const customer = await setUp({ demandsExternalId: false })
  const task = await exportDay(customer.output)
  assert.deepEqual([task.status, task.error?.code], ['ERROR', 'ROLE_IGNORES_EXTERNAL_ID'])
  assert.match(task.error.remedy, /update-assume-role-policy/)
  assert(task.error.remedy.includes(customer.output.externalId))
  assert.deepEqual(await readKeys(customer), [])
})

test('a bucket that is missing is named', async () => {
  const customer = await setUp({ hasBucket: false })
  const task = await exportDay(customer.output)
  assert.deepEqual([task.status, task.error?.code], ['ERROR', 'BUCKET_NOT_FOUND'])
  assert.match(task.error.message, new RegExp(customer.bucketName))
})

test('a sample that a player sends is stored before the 204', async () => {
  const response = await fetch(`${world.url}/analytics`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body: JSON.stringify({
      key: organization.licenseKey,
      impressionId: randomUUID(),
      sequenceNumber: 0,
      time: Date.now(),
      state: 'startup',
    }),
  })
  assert.equal(response.status, 204, await response.text())
})

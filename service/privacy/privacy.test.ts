import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { type Client, createClient, type ExportTask } from '@sluice/sdk'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from '#compressors'
import { type Customer, clockAtTenPast, openCustomer, startWorld, type World } from '#testing'

// What two viewers did, exported by virtual license with their ads; then one of them asks to be forgotten.

const HOUR_MS = 3_600_000
/** The service's, while the viewers watch: their hour is over afterwards. */
const earlier = clockAtTenPast(2)
let now = () => earlier.now()

let world: World
let customer: Customer
let client: Client
let stranger: Client
let licenseKeys: string[]
let virtualId: string
let outputId: string
let window: { startTime: string; endTime: string }

before(async () => {
  world = await startWorld({ clock: { now: () => now() }, env: { SLUICE_LOG_LEVEL: 'silent' } })
  const organization = await world.createOrganization('Aurora Video')
  const other = await world.createOrganization('Borealis TV')
  const clientOf = (apiKey: string) => createClient({ apiUrl: world.apiUrl, apiKey })
  client = clientOf(organization.apiKey)
  stranger = clientOf(other.apiKey)
  const tv = await client.licenses.create({ name: 'tv' })
  licenseKeys = [organization.licenseKey, tv.licenseKey]
  const virtual = await client.virtualLicenses.create({
    name: 'all',
    timezone: 'UTC',
    licenses: licenseKeys.map((licenseKey) => ({ licenseKey })),
  })
  virtualId = virtual.id
  for (const key of licenseKeys) await watch(key)
  const start = Math.floor(now().getTime() / HOUR_MS) * HOUR_MS
  window = {
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + HOUR_MS).toISOString(),
  }
  now = () => new Date()
  customer = openCustomer(world, organization)
  await customer.createBucket('aurora')
  const output = await client.outputs.s3RoleBased.create({
    bucketName: 'aurora',
    roleArn: `arn:aws:iam::${organization.aws.accountId}:role/sluice`,
    cloudRegion: 'US_EAST_1',
  })
  outputId = output.id
  await customer.createRole('sluice', { externalId: output.externalId })
})
after(async () => {
  customer?.[Symbol.dispose]()
  await world?.close()
})

/** One viewer leaves, one stays; each sees an ad, and the first has an error. */
async function watch(key: string): Promise<void> {
  for (const customUserId of ['leaves', 'stays']) {
    const impressionId = `${customUserId} ${key}`
    const common = { key, domain: 'aurora.example', analyticsVersion: 'v2.51.0', platform: 'web' }
    const sample = { ...common, impressionId, time: now().getTime() }
    await send('/analytics', { ...sample, sequenceNumber: 0, state: 'setup' })
    const userId = `browser of ${impressionId}`
    const play = { customUserId, userId, sequenceNumber: 1, videoStartupTime: 9 }
    await send('/analytics', { ...sample, ...play })
    await send('/analytics/a', {
      ...common,
      customUserId,
      adImpressionId: `ad ${impressionId}`,
      videoImpressionId: impressionId,
      adDuration: 15_000,
      midpoint: 1,
      time: now().getTime(),
    })
    const error = { licenseKey: key, impressionId, errorId: 0, code: 1000, message: 'no source' }
    await send('/analytics/error', { ...error, timestamp: now().getTime() })
  }
}

async function send(path: string, body: object): Promise<void> {
  const response = await fetch(`${world.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  assert(response.ok, `${path}: ${response.status} ${await response.text()}`)
}

async function exportAs(
  outputPath: string,
  more: Partial<Parameters<Client['exportTasks']['create']>[0]> = {},
): Promise<ExportTask> {
  const { id } = await client.exportTasks.create({
    name: outputPath,
    ...window,
    licenseKey: virtualId,
    output: { outputId, outputPath, ...more.output },
    ...more,
  })
  return client.exportTasks.waitUntilFinished(id)
}

async function read(objectKey: string): Promise<Uint8Array> {
  const { Body } = await customer.s3.send(
    new GetObjectCommand({ Bucket: 'aurora', Key: objectKey }),
  )
  return (await Body?.transformToByteArray()) ?? assert.fail(`${objectKey} is empty`)
}

async function keysBelow(prefix: string): Promise<string[]> {
  const list = new ListObjectsV2Command({ Bucket: 'aurora', Prefix: prefix })
  const { Contents = [] } = await customer.s3.send(list)
  return Contents.map(({ Key = '' }) => Key)
}

async function linesOf(prefix: string): Promise<string[]> {
  const key = (await keysBelow(prefix)).find((each) => each.endsWith('.csv')) ?? ''
  const text = Buffer.from(await read(key)).toString()
  return text.trim().replaceAll('"', '').split('\n').slice(1)
}

async function manifestOf(prefix: string) {
  const key = (await keysBelow(prefix)).find((each) => each.includes('manifest')) ?? ''
  return JSON.parse(Buffer.from(await read(key)).toString())
}

const columns = { columns: ['impression_id', 'license_key'] }
const viewersOf = (key: string, viewers: string[]) =>
  viewers.map((viewer) => `${viewer} ${key},${key}`)

test('an export by virtual license has the rows of all its licenses, and says so in its manifest', async () => {
  const task = await exportAs('all', columns)
  const sorted = licenseKeys.toSorted()
  assert.deepEqual([task.licenseKey, task.licenseKeys], [virtualId, sorted])
  assert.deepEqual(
    await linesOf('all/'),
    sorted.flatMap((key) => viewersOf(key, ['leaves', 'leaves', 'stays', 'stays'])),
  )
  const manifest = await manifestOf('all/')
  assert.deepEqual(
    [manifest.licenseKey, manifest.licenseKeys, manifest.type, manifest.rows],
    [virtualId, sorted, 'SESSIONS', 8],
  )
  assert.deepEqual(
    manifest.files[0].revisions,
    sorted.map((licenseKey) => ({ licenseKey, revision: 1 })),
  )
})

test('an export of ads has their columns, as CSV and as Parquet, and its manifest names the type', async () => {
  const [licenseKey = ''] = licenseKeys
  const columns = ['AD_DURATION', 'midpoint', 'videoImpressionId']
  await exportAs('ads', { type: 'ADS', licenseKey, columns })
  assert.deepEqual(await linesOf('ads/'), [
    `15000,1,leaves ${licenseKey}`,
    `15000,1,stays ${licenseKey}`,
  ])
  const manifest = await manifestOf('ads/')
  assert.equal(manifest.type, 'ADS')
  assert.deepEqual(
    manifest.columns.map(({ name }: { name: string }) => name),
    ['ad_duration', 'midpoint', 'video_impression_id'],
  )
  await exportAs('ads-parquet', { type: 'ADS', licenseKey, fileFormat: 'PARQUET' })
  const [key = ''] = (await keysBelow('ads-parquet/')).filter((each) => each.endsWith('.parquet'))
  const file = new Uint8Array(await read(key)).buffer
  const rows = await parquetReadObjects({ file, compressors })
  assert.deepEqual(
    rows.map(({ ad_impression_id, custom_user_id }) => [ad_impression_id, custom_user_id]),
    ['leaves', 'stays'].map((viewer) => [`ad ${viewer} ${licenseKey}`, viewer]),
  )
})

test('a (bucket, key) belongs to one task: ads do not take the keys of samples', async () => {
  const ads = exportAs('all', { type: 'ADS' })
  await assert.rejects(ads, { code: 'CONFLICT' })
})

test('one person in one way is asked for, of licenses that are one’s own', async () => {
  const { privacyDeletions } = client
  for (const body of [{}, { userId: 'a', customUserId: 'b' }])
    await assert.rejects(privacyDeletions.create(body), /exactly one of userId/)
  const [licenseKey] = licenseKeys
  const foreign = stranger.privacyDeletions.create({
    userId: 'a',
    ...(licenseKey && { licenseKey }),
  })
  await assert.rejects(foreign, { code: 'NOT_FOUND' })
  const theirs = await stranger.privacyDeletions.create({ customUserId: 'leaves' })
  assert.deepEqual([theirs.samples, theirs.adSamples, theirs.errorDetails], [0, 0, 0])
})

async function filesOf(from: Client, id: string) {
  const found = []
  for await (const { objectKey, status } of from.privacyDeletions.listFiles(id))
    found.push([objectKey.split('/')[0], status])
  return found
}

test('a person’s data is deleted everywhere, the record names the files that hold it, and exports go on', async () => {
  const deletion = await client.privacyDeletions.create({
    customUserId: 'leaves',
    reference: 'request 7',
  })
  const { samples, adSamples, errorDetails, status, reference } = deletion
  assert.deepEqual(
    { samples, adSamples, errorDetails, status, reference },
    { samples: 4, adSamples: 2, errorDetails: 2, status: 'FINISHED', reference: 'request 7' },
  )
  assert(!JSON.stringify(deletion).includes('leaves'))
  assert.deepEqual(await filesOf(client, deletion.id), [
    ['ads-parquet', 'DELIVERED'],
    ['ads', 'DELIVERED'],
    ['all', 'DELIVERED'],
  ])
  await assert.rejects(filesOf(stranger, deletion.id), { code: 'NOT_FOUND' })
  await assert.rejects(stranger.privacyDeletions.get(deletion.id), { code: 'NOT_FOUND' })
  const again = await client.privacyDeletions.create({ customUserId: 'leaves' })
  assert.equal(again.samples, 0)
  const sorted = licenseKeys.toSorted()
  await exportAs('after', columns)
  const left = sorted.flatMap((key) => viewersOf(key, ['stays', 'stays']))
  assert.deepEqual(await linesOf('after/'), left)
  await exportAs('all', { ...columns, output: { outputId, outputPath: 'all', overwrite: true } })
  assert.deepEqual(await linesOf('all/'), left)
  assert.deepEqual((await manifestOf('after/')).files[0].revisions[1].revision, 2)
  const [licenseKey = ''] = licenseKeys
  const gone = client.impressions.get(`leaves ${licenseKey}`, { licenseKey })
  await assert.rejects(gone, { code: 'NOT_FOUND' })
  const { errorDetails: details } = await client.impressions.listErrors(`stays ${licenseKey}`, {
    licenseKey,
  })
  assert.equal(details.length, 1)
  const listed = []
  for await (const { id } of client.privacyDeletions.list()) listed.push(id)
  assert.deepEqual(listed, [again.id, deletion.id])
})

test('so is what one browser sent, and one impression, with the files that held it', async () => {
  const [first = '', second = ''] = licenseKeys
  const only = await client.privacyDeletions.create({ impressionId: `stays ${first}` })
  const counts = ({ samples, adSamples, errorDetails }: typeof only) => [
    ...[samples, adSamples, errorDetails],
  ]
  assert.deepEqual(counts(only), [2, 1, 1])
  const names = async (id: string) => (await filesOf(client, id)).map(([name]) => name).sort()
  assert.deepEqual(await names(only.id), ['ads', 'ads-parquet', 'after', 'all', 'all'])
  const browser = { userId: `browser of stays ${second}` }
  const elsewhere = await client.privacyDeletions.create({ ...browser, licenseKey: first })
  assert.deepEqual(counts(elsewhere), [0, 0, 0])
  const last = await client.privacyDeletions.create(browser)
  assert.deepEqual(counts(last), [2, 1, 1])
  assert.deepEqual(await names(last.id), ['after', 'all', 'all'])
  await exportAs('none', columns)
  assert.deepEqual(await linesOf('none/'), [])
})

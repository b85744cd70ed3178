import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import sdk, {
  AnalyticsExportFileFormat,
  AnalyticsExportStatus,
  AnalyticsExportTask,
  AnalyticsExportTaskOutputTarget,
  AnalyticsExportType,
  AnalyticsS3RoleBasedOutput,
  ExternalIdMode,
} from '@bitmovin/api-sdk'
import { createClient } from '@sluice/sdk'
import { parse } from 'csv-parse/sync'
import { parquetReadObjects } from 'hyparquet'
import { openCustomer } from './customer.ts'
import { findSluice, type Organization, type Sluice } from './sluice.ts'

// The tutorial with Bitmovin's own SDK, unmodified but for its base URL.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const TASK_MS_MAX = 60_000
const day = new Date(Math.floor(Date.now() / DAY_MS - 2) * DAY_MS)
const ROWS = 480
/** Our files are packed with it, each column of an hour by itself. */
const ZSTD = (packed: Uint8Array) => zstdDecompressSync(packed)

let sluice: Sluice
let api: Api
let organization: Organization
before(async () => {
  sluice = await findSluice(process.env)
  organization = sluice.organizations[0]
  api = apiOf(organization)
})
after(() => sluice[Symbol.asyncDispose]())

// A CommonJS module with a default export: the class is the default of what Node calls the default.
const { default: BitmovinApi } = sdk
type Api = InstanceType<typeof BitmovinApi>

function apiOf({ apiKey, id }: Organization): Api {
  return new BitmovinApi({ apiKey, tenantOrgId: id, baseUrl: sluice.apiUrl })
}

const outputs = () => api.analytics.outputs.s3RoleBased

async function createOutput(more: Partial<AnalyticsS3RoleBasedOutput> = {}) {
  using customer = openCustomer(sluice, organization)
  const bucketName = customer.newName('acceptance')
  const roleArn = customer.roleArn(customer.newName('sluice'))
  const output = new AnalyticsS3RoleBasedOutput({
    name: `to ${bucketName}`,
    bucketName,
    roleArn,
    externalIdMode: ExternalIdMode.GENERATED,
    ...more,
  })
  return outputs().create(output)
}

test('GENERATED ids differ, GLOBAL ids are the organization’s one', async () => {
  const [first, second] = [await createOutput(), await createOutput()]
  assert(first.externalId && second.externalId)
  assert.notEqual(first.externalId, second.externalId)
  const mode = { externalIdMode: ExternalIdMode.GLOBAL }
  const [third, fourth] = [await createOutput(mode), await createOutput(mode)]
  assert.equal(third.externalId, fourth.externalId)
  assert.notEqual(third.externalId, first.externalId)
})

test('an output is listed, found by its name, shown with its custom data, and deleted', async () => {
  const customData = { team: 'analytics', cost: { center: 7 } }
  const created = await createOutput({ customData })
  const id = created.id ?? ''
  const found = await outputs().list({ name: created.name ?? '' })
  assert.deepEqual(
    found.items?.map((output) => output.id),
    [id],
  )
  const shown = await outputs().get(id)
  assert.equal(shown.externalId, created.externalId)
  assert.equal(shown.roleArn, created.roleArn)
  assert.deepEqual((await outputs().customdata.get(id)).customData, customData)
  const stranger = apiOf(sluice.organizations[1]).analytics.outputs.s3RoleBased
  await assert.rejects(stranger.get(id), { errorCode: 1001 })
  await assert.rejects(stranger.customdata.get(id), { errorCode: 1001 })
  await assert.rejects(stranger.delete(id), { errorCode: 1001 })
  assert.equal((await outputs().delete(id)).id, id)
  await assert.rejects(outputs().get(id), { errorCode: 1001 })
})

async function importDay(): Promise<void> {
  const client = createClient({ apiUrl: sluice.apiUrl, apiKey: organization.apiKey })
  const { value: license } = await client.licenses.list().next()
  assert(license !== undefined)
  const lines = Array.from({ length: ROWS }, (_, index) =>
    JSON.stringify({
      time: day.getTime() + Math.floor((index * DAY_MS) / ROWS),
      impression_id: randomUUID(),
      sequence_number: index,
      duration: index,
      video_title: `„Über“, "${index}"`,
    }),
  )
  const report = await client.licenses.importSamples(license.id, {
    contentType: 'application/x-ndjson',
    body: lines.join('\n'),
  })
  assert.deepEqual(report, { accepted: ROWS, rejected: 0, errors: [] })
}

async function exportDay(outputId: string, fileFormat: AnalyticsExportFileFormat) {
  const created = await api.analytics.exports.create(
    new AnalyticsExportTask({
      name: 'a day',
      startTime: day,
      endTime: new Date(day.getTime() + DAY_MS),
      licenseKey: organization.licenseKey,
      type: AnalyticsExportType.SESSIONS,
      fileFormat,
      output: new AnalyticsExportTaskOutputTarget({ outputId, outputPath: `day/${fileFormat}` }),
    }),
  )
  assert(created.id !== undefined)
  const deadline = performance.now() + TASK_MS_MAX
  for (;;) {
    const task = await api.analytics.exports.get(created.id)
    const ends: (AnalyticsExportStatus | undefined)[] = [
      AnalyticsExportStatus.FINISHED,
      AnalyticsExportStatus.ERROR,
    ]
    if (ends.includes(task.status)) return task
    assert(performance.now() < deadline, `the task is still ${task.status}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}

test('the tutorial ends with 24 files and a manifest in each format, every sample once', async () => {
  using customer = openCustomer(sluice, organization)
  await importDay()
  const output = await createOutput({ md5MetaTag: 'md5' })
  const { bucketName = '', roleArn = '', externalId } = output
  await customer.createBucket(bucketName)
  await customer.createRole(roleArn.split('/').at(-1) ?? '', { externalId })
  for (const fileFormat of [AnalyticsExportFileFormat.CSV, AnalyticsExportFileFormat.PARQUET]) {
    const task = await exportDay(output.id ?? '', fileFormat)
    assert.deepEqual([task.status, task.progress], [AnalyticsExportStatus.FINISHED, 100])
    const keys = (await customer.listKeys(bucketName)).filter((key) => key.includes(fileFormat))
    assert.equal(keys.length, 25)
    const manifestKey = `day/${fileFormat}/manifest-${task.id}.json`
    const manifest = JSON.parse((await customer.getObject(bucketName, manifestKey)).toString())
    const seen = new Set<number>()
    for (const file of manifest.files) {
      const bytes = await customer.getObject(bucketName, file.objectKey)
      assert.equal(createHash('sha256').update(bytes).digest('hex'), file.sha256)
      const md5 = createHash('md5').update(bytes).digest('hex')
      assert.equal((await customer.getMetadata(bucketName, file.objectKey))?.md5, md5)
      const rows: Record<string, unknown>[] =
        fileFormat === AnalyticsExportFileFormat.CSV
          ? parse(bytes, { columns: true })
          : await parquetReadObjects({ file: new Uint8Array(bytes).buffer, compressors: { ZSTD } })
      assert.equal(rows.length, file.rows)
      for (const row of rows) {
        const index = Number(row.sequence_number)
        assert.equal(row.video_title, `„Über“, "${index}"`)
        seen.add(index)
      }
    }
    assert.equal(seen.size, ROWS)
  }
  const listed = await api.analytics.exports.list()
  assert((listed.items ?? []).some((task) => task.output?.outputId === output.id))
})

test('a schedule brings hours by itself that nobody asked for, to its own organization alone', async () => {
  using customer = openCustomer(sluice, organization)
  const output = await createOutput()
  const { id: outputId = '', bucketName = '', roleArn = '', externalId } = output
  await customer.createBucket(bucketName)
  await customer.createRole(roleArn.split('/').at(-1) ?? '', { externalId })
  const [schedules, others] = sluice.organizations.map(
    ({ apiKey }) => createClient({ apiUrl: sluice.apiUrl, apiKey }).exportSchedules,
  )
  assert(schedules && others)
  const start = new Date(Math.floor(Date.now() / HOUR_MS - 2) * HOUR_MS)
  const { id } = await schedules.create({
    name: 'every hour',
    frequency: 'HOURLY',
    licenseKey: organization.licenseKey,
    columns: ['time', 'impression_id'],
    startTime: start.toISOString(),
    output: { outputId, outputPath: 'hourly' },
  })
  for (const verb of ['get', 'pause', 'delete'] as const)
    await assert.rejects(others[verb](id), { code: 'NOT_FOUND' })
  const objectKey = await firstHour(async () => {
    for await (const hour of schedules.listHours(id))
      if (hour.startTime === start.toISOString()) return hour
    return undefined
  })
  const file = (await customer.getObject(bucketName, objectKey)).toString()
  assert.equal(file, '"time","impression_id"\n')
  assert.equal((await schedules.pause(id)).status, 'PAUSED')
  await schedules.delete(id)
  await assert.rejects(schedules.get(id), { code: 'NOT_FOUND' })
})

/** The object key of the hour, once it is delivered. */
async function firstHour(
  find: () => Promise<{ status: string; objectKey?: string | null } | undefined>,
): Promise<string> {
  const deadline = performance.now() + TASK_MS_MAX
  for (;;) {
    const hour = await find()
    if (hour?.status === 'FINISHED') return hour.objectKey ?? assert.fail('it has no key')
    assert(performance.now() < deadline, `the hour is still ${hour?.status}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import sdk, {
  AnalyticsExportStatus,
  AnalyticsExportTask,
  AnalyticsExportTaskOutputTarget,
  AnalyticsImpressionsQuery,
  AnalyticsLicense,
  AnalyticsLicenseCustomDataFieldLabels,
  AnalyticsLicenseDomain,
  AnalyticsLicenseKey,
  AnalyticsS3RoleBasedOutput,
  AnalyticsVirtualLicenseLicensesListItem,
  AnalyticsVirtualLicenseRequest,
} from '@bitmovin/api-sdk'
import { createClient } from '@sluice/sdk'
import { openCustomer } from './customer.ts'
import { findSluice, type Organization, type Sluice } from './sluice.ts'

// Licenses, virtual licenses and impressions with Bitmovin's own SDK, unmodified but for its base URL.

const HOUR_MS = 3_600_000
const hour = new Date(Math.floor(Date.now() / HOUR_MS - 3) * HOUR_MS)
const TASK_MS_MAX = 60_000

type Api = InstanceType<typeof sdk.default>
let sluice: Sluice
let ours: Api
let theirs: Api
let organization: Organization
before(async () => {
  sluice = await findSluice(process.env)
  const apiOf = ({ apiKey, id }: Organization) =>
    new sdk.default({ apiKey, tenantOrgId: id, baseUrl: sluice.apiUrl })
  organization = sluice.organizations[0]
  ours = apiOf(organization)
  theirs = apiOf(sluice.organizations[1])
})
after(() => sluice[Symbol.asyncDispose]())

const licenses = () => ours.analytics.licenses

const newLicense = (name = 'web') =>
  licenses().create(new AnalyticsLicense({ name, timeZone: 'Europe/Vienna' }))

/** In the words of the refusal, without the id and that of the request. */
async function refusalOf(call: Promise<unknown>, id: string): Promise<string> {
  const error = await call.then(
    () => assert.fail('it was there'),
    (refused: unknown) => Object(refused),
  )
  assert.equal(error.httpStatusCode, 404, String(error.message))
  return String(error.message)
    .replaceAll(id, 'ID')
    .replace(/"requestId":"[^"]+"/, '')
}

test('a license is created, listed, shown, and changed by one member or by all of it', async () => {
  const created = await newLicense()
  const id = created.id ?? ''
  assert.equal(created.timeZone, 'Europe/Vienna')
  const changed = await licenses().update(id, new AnalyticsLicense({ ignoreDNT: true }))
  assert.deepEqual([changed.ignoreDNT, changed.name], [true, 'web'])
  const got = await licenses().get(id)
  got.name = 'web and apps'
  got.customDataFieldLabels = new AnalyticsLicenseCustomDataFieldLabels({ customData1: 'tier' })
  const whole = await licenses().update(id, got)
  assert.deepEqual(
    [whole.name, whole.ignoreDNT, whole.licenseKey, whole.customDataFieldLabels?.customData1],
    ['web and apps', true, created.licenseKey, 'tier'],
  )
  const { items = [] } = await licenses().list({ limit: 100 })
  assert(items.some((license) => license.id === id))
})

test('domains are added, listed at once and deleted', async () => {
  const { id = '' } = await newLicense()
  const { domains } = licenses()
  const domain = await domains.create(id, new AnalyticsLicenseDomain({ url: 'aurora.example' }))
  const listed = await domains.get(id)
  assert.deepEqual(
    listed.domains?.map(({ url }) => url),
    ['aurora.example'],
  )
  const deleted = await domains.delete(id, domain.id ?? '')
  assert.equal(deleted.id, domain.id)
  assert.deepEqual((await licenses().get(id)).domains, [])
})

test('another organization’s license, domain and virtual license are NOT_FOUND like what never was', async () => {
  const license = await newLicense()
  const id = license.id ?? ''
  const virtual = await ours.analytics.virtualLicenses.create(requestOf('all', [license]))
  const { licenses: foreign, virtualLicenses } = theirs.analytics
  const url = new AnalyticsLicenseDomain({ url: 'mine.example' })
  const calls: [(id: string) => Promise<unknown>, string][] = [
    [(id) => foreign.get(id), id],
    [(id) => foreign.update(id, new AnalyticsLicense({ name: 'mine' })), id],
    [(id) => foreign.domains.get(id), id],
    [(id) => foreign.domains.create(id, url), id],
    [(id) => foreign.domains.delete(id, 'any'), id],
    [(id) => virtualLicenses.get(id), virtual.id ?? ''],
    [(id) => virtualLicenses.delete(id), virtual.id ?? ''],
    [(id) => virtualLicenses.create(requestOf('mine', [{ id }])), id],
  ]
  const never = randomUUID()
  for (const [call, own] of calls)
    assert.equal(await refusalOf(call(own), own), await refusalOf(call(never), never))
})

function requestOf(name: string, from: { id?: string | undefined }[]) {
  return new AnalyticsVirtualLicenseRequest({
    name,
    timezone: 'UTC',
    licenses: from.map(({ id }) => new AnalyticsVirtualLicenseLicensesListItem(id ? { id } : {})),
  })
}

test('a virtual license has the samples of all its licenses: found, counted, and exported', async () => {
  const [web, tv] = [await newLicense('web'), await newLicense('tv')]
  const { apiKey } = organization
  const client = createClient({ apiUrl: sluice.apiUrl, apiKey })
  for (const [license, plays] of [
    [web, 2],
    [tv, 1],
  ] as const) {
    const rows = Array.from({ length: plays }, (_, index) => ({
      time: hour.toISOString(),
      impression_id: `${license.name}-${index}`,
      sequence_number: 1,
      video_startuptime: 300,
    }))
    const body = rows.map((row) => JSON.stringify(row)).join('\n')
    await client.licenses.importSamples(license.id ?? '', {
      body,
      contentType: 'application/x-ndjson',
    })
  }
  assert.equal((await licenses().get(web.id ?? '')).impressions, 2)
  const { virtualLicenses } = ours.analytics
  const created = await virtualLicenses.create(requestOf('web alone', [web]))
  const id = created.id ?? ''
  const updated = await virtualLicenses.update(id, requestOf('all', [web, tv]))
  assert.deepEqual(
    updated.licenses?.map(({ licenseKey }) => licenseKey),
    [web.licenseKey, tv.licenseKey],
  )
  const { items = [] } = await virtualLicenses.list()
  assert(items.some((item) => item.id === id && item.name === 'all'))
  const found = await ours.analytics.impressions.getImpressions(
    new AnalyticsImpressionsQuery({ licenseKey: id, start: hour, end: new Date() }),
  )
  assert.deepEqual(found.impressions?.map(({ impressionId }) => impressionId).sort(), [
    'tv-0',
    'web-0',
    'web-1',
  ])
  const key = new AnalyticsLicenseKey({ licenseKey: id })
  const { errorDetails } = await ours.analytics.impressions.errors.create('web-0', key)
  assert.deepEqual(errorDetails, [])
  assert.equal(await exportedRows(id), 3)
  await virtualLicenses.delete(id)
  await assert.rejects(virtualLicenses.get(id))
})

/** Of the hour, by the manifest. */
async function exportedRows(licenseKey: string): Promise<number> {
  using customer = openCustomer(sluice, organization)
  const [bucketName, roleName] = [customer.newName('virtual'), customer.newName('virtual')]
  await customer.createBucket(bucketName)
  const output = await ours.analytics.outputs.s3RoleBased.create(
    new AnalyticsS3RoleBasedOutput({ bucketName, roleArn: customer.roleArn(roleName) }),
  )
  await customer.createRole(roleName, { externalId: output.externalId })
  const target = { outputId: output.id ?? '', outputPath: 'hour' }
  const { id = '' } = await ours.analytics.exports.create(
    new AnalyticsExportTask({
      name: 'virtual',
      startTime: hour,
      endTime: new Date(hour.getTime() + HOUR_MS),
      licenseKey,
      output: new AnalyticsExportTaskOutputTarget(target),
    }),
  )
  const deadline = performance.now() + TASK_MS_MAX
  for (;;) {
    const { status } = await ours.analytics.exports.get(id)
    if (status === AnalyticsExportStatus.FINISHED) break
    assert.notEqual(status, AnalyticsExportStatus.ERROR)
    assert(performance.now() < deadline, `the export task is ${status}`)
    await new Promise((done) => setTimeout(done, 100))
  }
  const keys = await customer.listKeys(bucketName)
  const manifest = keys.find((key) => key.includes('manifest')) ?? ''
  return JSON.parse(String(await customer.getObject(bucketName, manifest))).rows
}

import assert from 'node:assert/strict'
import { type Client, createClient, type License, type S3RoleBasedOutput } from '@sluice/sdk'
import { openCustomer } from '../customer.ts'
import { addFault } from '../fault.ts'
import type { Sluice } from '../sluice.ts'

// An organization of which every page of the console has something to show, and in which whatever its users may
// write is hostile. What was sent is kept: `every-page.test.ts` finds each of it on a page.

/** Markup that would run. */
export const HOSTILE = `<img src="x" onerror="document.title='owned'">`
/** What is written from the right, turns round whatever stands behind it, and is no letter; then a word without an end. */
const ODD = `\u202eשלום עולם 🎬 ${'Wörter'.repeat(40)}`
const NAME_CHARACTERS_MAX = 200
const HOUR_MS = 3_600_000
/** The service takes an end that is no more than a minute ahead, and waits for it. */
const AHEAD_MS = 55_000
/** Longer than anybody looks. */
const STARTED_MS = 600_000

export interface FullWorld extends AsyncDisposable {
  organization: { id: string; name: string }
  /** By the address of the router: what it shows here. */
  pages: Readonly<Record<string, readonly string[]>>
  /** By the operation of the API: the bodies that made this world, and the id in the path. */
  sent: ReadonlyMap<string, readonly Sent[]>
  licenseId: string
  webhookPath: string
}

interface Sent {
  body: object
  id: string
}

/** Hostile in every way, and says which field it is. */
function hostileAs(field: string): string {
  return `${field} ${HOSTILE} ${ODD}`.slice(0, NAME_CHARACTERS_MAX)
}

export async function fillWorld(sluice: Sluice): Promise<FullWorld> {
  await using opened = new AsyncDisposableStack()
  const { apiUrl } = sluice
  const [{ apiKey }] = sluice.organizations
  const { sent, send } = keepSent()
  const organization = await createClient({ apiUrl, apiKey }).organizations.create(
    send('createOrganization', { name: hostileAs('createOrganization.name'), type: SUB }),
  )
  const filling = {
    sluice,
    client: createClient({ apiUrl, apiKey, organizationId: organization.id }),
    send,
    failOn: async (fault: object) => {
      const { remove } = await addFault(sluice, fault)
      opened.defer(async () => void (await remove()))
    },
  }
  const license = await fillLicenses(filling)
  const outputs = await fillOutputs(filling)
  const settings = await fillSettings(filling)
  const exports = await fillExports(filling, { outputs, license: license.full })
  const schedules = await fillSchedules(filling, { outputs, license: license.full })
  const ended = opened.move()
  return {
    organization,
    sent,
    licenseId: license.full.id,
    webhookPath: `/organizations/${organization.id}/settings/webhooks/${settings[0]}`,
    pages: addressesOf(organization.id, { license, outputs, settings, exports, schedules }),
    [Symbol.asyncDispose]: () => ended.disposeAsync(),
  }
}

const SUB = 'SUB_ORGANIZATION'

interface Filling {
  sluice: Sluice
  client: Client
  /** Keeps the body of an operation. */
  send: <Body extends object>(operation: string, body: Body, id?: string) => Body
  failOn(fault: object): Promise<void>
}

function keepSent() {
  const sent = new Map<string, Sent[]>()
  const send: Filling['send'] = (operation, body, id = '') => {
    sent.set(operation, [...(sent.get(operation) ?? []), { body, id }])
    return body
  }
  return { sent, send }
}

async function fillLicenses({ client, send }: Filling) {
  const hostile = (operation: string) => ({
    name: hostileAs(`${operation}.name`),
    customDataFieldLabels: {
      customData1: hostileAs(`${operation}.customDataFieldLabels.customData1`),
    },
  })
  const ofLicense = (operation: string) => ({
    ...hostile(operation),
    industry: hostileAs(`${operation}.industry`),
    subIndustry: hostileAs(`${operation}.subIndustry`),
    domains: [{ url: hostileAs(`${operation}.domains.0.url`) }],
  })
  const body = ofLicense('createLicense')
  const empty = await client.licenses.create(send('createLicense', body))
  const full = await client.licenses.create({ name: 'Web player' })
  const change = ofLicense('updateLicense')
  await client.licenses.update(full.id, send('updateLicense', change, full.id))
  const domain = send('addLicenseDomain', { url: hostileAs('addLicenseDomain.url') }, full.id)
  await client.licenses.domains.add(full.id, domain.url)
  await importSamples(client, full)
  const ofVirtual = { timezone: 'UTC', licenses: [{ id: full.id }, { id: empty.id }] }
  const virtual = await client.virtualLicenses.create(
    send('createVirtualLicense', { ...hostile('createVirtualLicense'), ...ofVirtual }),
  )
  const created = await client.virtualLicenses.create({ name: 'All players', ...ofVirtual })
  const changed = { ...hostile('updateVirtualLicense'), ...ofVirtual }
  await client.virtualLicenses.update(created.id, send('updateVirtualLicense', changed, created.id))
  const deletionIds: string[] = []
  for (const person of ['userId', 'customUserId', 'impressionId']) {
    const reference = hostileAs('createPrivacyDeletion.reference')
    const deletion = send('createPrivacyDeletion', { [person]: HOSTILE, reference })
    deletionIds.push((await client.privacyDeletions.create(deletion)).id)
  }
  return { full, empty, virtualIds: [virtual.id, created.id], deletionIds }
}

/** In three hours; each text of them is hostile. */
async function importSamples(client: Client, license: License): Promise<void> {
  const columns = await client.listColumns()
  const texts = columns.filter(({ name, parquet }) => parquet === 'string' && !made.has(name))
  const hostile = Object.fromEntries(texts.map(({ name }) => [name, `${HOSTILE} ${name}`]))
  const rows = [1, 2, 3].map((hoursAgo) => ({
    ...hostile,
    time: hourBefore(hoursAgo),
    impression_id: crypto.randomUUID(),
    sequence_number: 0,
    video_startuptime: 320,
  }))
  const body = rows.map((row) => JSON.stringify(row)).join('\n')
  const contentType = 'application/x-ndjson'
  const report = await client.licenses.importSamples(license.id, { body, contentType })
  assert.deepEqual(report, { accepted: rows.length, rejected: 0, errors: [] })
}

/** By the service, or of a form of its own. */
const made = new Set(['impression_id', 'license_key'])
const hourBefore = (hours: number) =>
  new Date((Math.floor(Date.now() / HOUR_MS) - hours) * HOUR_MS).toISOString()

type Outputs = Record<(typeof roles)[number], S3RoleBasedOutput>
/** As the customer has made them: one for each thing that verification may say of it. */
const roles = ['right', 'open', 'throttled', 'missing', 'rotating', 'untried'] as const

async function fillOutputs({ client, sluice, send, failOn }: Filling): Promise<Outputs> {
  const [organization] = sluice.organizations
  using customer = openCustomer(sluice, organization)
  const { s3RoleBased } = client.outputs
  const bucketName = customer.newName('full')
  await customer.createBucket(bucketName)
  const ways = roles.map(async (way) => {
    const role = customer.newName(way)
    const roleArn = customer.roleArn(role)
    const body = {
      name: hostileAs('createS3RoleBasedOutput.name'),
      description: hostileAs('createS3RoleBasedOutput.description'),
      acl: [{ permission: 'PRIVATE' as const, scope: HOSTILE }],
      bucketName,
      roleArn,
      pathPrefix: `${way}/createS3RoleBasedOutput.pathPrefix ${HOSTILE}/`,
    }
    const output = await s3RoleBased.create(send('createS3RoleBasedOutput', body))
    if (way === 'missing') await s3RoleBased.verify(output.id)
    if (way === 'missing' || way === 'untried') return [way, output]
    await customer.createRole(role, {
      externalId: way === 'open' ? undefined : output.externalId,
    })
    if (way === 'throttled')
      await failOn({
        service: 'sts',
        operation: 'AssumeRole',
        kind: 'throttle',
        where: { roleArn },
      })
    await s3RoleBased.verify(output.id)
    if (way === 'rotating') await s3RoleBased.externalIdRotation.start(output.id)
    return [way, output]
  })
  await client.externalIds.create(
    send('createExternalId', {
      name: hostileAs('createExternalId.name'),
      description: hostileAs('createExternalId.description'),
    }),
  )
  const outputs: Outputs = Object.fromEntries(await Promise.all(ways))
  await s3RoleBased.diagnose(
    outputs.open.id,
    send('diagnoseS3RoleBasedOutputPolicies', hostilePolicies, outputs.open.id),
  )
  return outputs
}

const hostilePolicies = {
  trustPolicy: HOSTILE,
  permissionsPolicies: [HOSTILE],
  boundary: HOSTILE,
  bucketPolicy: HOSTILE,
  kmsKeyPolicy: HOSTILE,
  serviceControlPolicies: [HOSTILE],
  resourceControlPolicies: [HOSTILE],
}

async function fillSettings({ client, send }: Filling) {
  await client.apiKeys.create(send('createApiKey', { name: hostileAs('createApiKey.name') }))
  const events = ['export.failed' as const]
  const url = `https://hooks.example/${HOSTILE.replaceAll(' ', '')}`
  const webhook = await client.webhooks.create(
    send('createWebhook', { name: hostileAs('createWebhook.name'), url, events }),
  )
  const paused = await client.webhooks.create({ name: 'Pager', url, events })
  const change = { name: hostileAs('changeWebhook.name'), url, isActive: false }
  await client.webhooks.update(paused.id, send('changeWebhook', change, paused.id))
  return [webhook.id, paused.id]
}

interface Among {
  outputs: Outputs
  license: License
}

/** One in each state. */
async function fillExports({ client, send, failOn }: Filling, { outputs, license }: Among) {
  const { exportTasks } = client
  const create = (outputId: string, path: string, window: object = {}) => {
    const body = {
      name: hostileAs('createExportTask.name'),
      description: hostileAs('createExportTask.description'),
      licenseKey: license.licenseKey,
      startTime: hourBefore(4),
      endTime: hourBefore(0),
      ...window,
      output: { outputId, outputPath: `${path}/createExportTask.output.outputPath ${HOSTILE}` },
    }
    return exportTasks.create(send('createExportTask', body))
  }
  const { right } = outputs
  const keyPrefix = (path: string) => ({
    service: 's3',
    operation: 'PutObject',
    where: { bucket: right.bucketName, keyPrefix: `${right.pathPrefix}${path}` },
  })
  const answer = { status: 403, code: 'AccessDenied', message: HOSTILE }
  await failOn({ ...keyPrefix('refused'), ...answer, kind: 'error' })
  await failOn({ ...keyPrefix('started'), kind: 'slow', delayMs: STARTED_MS })
  const finished = await create(right.id, 'finished')
  const refused = await create(right.id, 'refused')
  const unassumed = await create(outputs.missing.id, 'unassumed')
  await exportTasks.waitUntilFinished(finished.id)
  for (const { id } of [refused, unassumed])
    await assert.rejects(exportTasks.waitUntilFinished(id), { name: 'ExportTaskError' })
  const ahead = { endTime: new Date(Date.now() + AHEAD_MS).toISOString() }
  const cancelled = await create(right.id, 'cancelled', ahead)
  await exportTasks.cancel(cancelled.id)
  const started = await create(right.id, 'started')
  const queued = await create(right.id, 'queued', ahead)
  const body = { ...hostileEstimate, licenseKey: license.licenseKey, startTime: hourBefore(4) }
  const output = { outputId: right.id, outputPath: HOSTILE }
  await exportTasks.estimate(
    send('estimateExportTask', { ...body, endTime: hourBefore(0), output }),
  )
  return [queued, started, finished, refused, unassumed, cancelled].map(({ id }) => id)
}

const hostileEstimate = { name: HOSTILE, description: HOSTILE }

/** One on time, one that has failed, one that is paused. */
async function fillSchedules({ client, send }: Filling, { outputs, license }: Among) {
  const { exportSchedules } = client
  const create = (operation: string, outputId: string) => {
    const outputPath = `hourly/createExportSchedule.output.outputPath ${HOSTILE}`
    const body = {
      name: hostileAs(`${operation}.name`),
      description: hostileAs(`${operation}.description`),
      frequency: 'HOURLY' as const,
      licenseKey: license.licenseKey,
      output: { outputId, outputPath },
    }
    return exportSchedules.create(send('createExportSchedule', body))
  }
  const good = await create('createExportSchedule', outputs.right.id)
  const failing = await create('createExportSchedule', outputs.missing.id)
  const paused = await create('createExportSchedule', outputs.untried.id)
  const window = { startTime: hourBefore(3), endTime: hourBefore(1) }
  for (const { id } of [good, failing])
    await exportSchedules.backfill(id, send('backfillExportSchedule', window, id))
  const change = {
    name: hostileAs('renameExportSchedule.name'),
    description: hostileAs('renameExportSchedule.description'),
  }
  await exportSchedules.rename(paused.id, send('renameExportSchedule', change, paused.id))
  await exportSchedules.pause(paused.id)
  return [good, failing, paused].map(({ id }) => id)
}

interface Ids {
  license: Awaited<ReturnType<typeof fillLicenses>>
  outputs: Outputs
  settings: Awaited<ReturnType<typeof fillSettings>>
  exports: string[]
  schedules: string[]
}

function addressesOf(organizationId: string, ids: Ids): FullWorld['pages'] {
  const { license, settings, exports, schedules } = ids
  const base = `/organizations/${organizationId}`
  const licenseIds = [license.full.id, license.empty.id]
  const target = `?outputId=${ids.outputs.right.id}&licenseKey=${license.full.licenseKey}`
  const pages: Record<string, string[]> = {
    '': [''],
    ...outputAddressesOf(ids),
    '/exports': ['/exports', '/exports?state=ERROR'],
    '/exports/new': ['/exports/new', `/exports/new${target}`],
    '/exports/$exportTaskId': exports.map((id) => `/exports/${id}`),
    '/schedules': ['/schedules'],
    '/schedules/new': [`/schedules/new${target}`],
    '/schedules/$scheduleId': schedules.map((id) => `/schedules/${id}`),
    '/licenses': ['/licenses'],
    '/licenses/new': ['/licenses/new'],
    '/licenses/$licenseId': licenseIds.map((id) => `/licenses/${id}`),
    '/licenses/$licenseId/samples': licenseIds.map((id) => `/licenses/${id}/samples`),
    '/licenses/virtual/new': ['/licenses/virtual/new'],
    '/licenses/virtual/$virtualLicenseId': license.virtualIds.map(
      (id) => `/licenses/virtual/${id}`,
    ),
    '/privacy': ['/privacy'],
    '/privacy/new': ['/privacy/new'],
    '/privacy/$deletionId': license.deletionIds.slice(0, 1).map((id) => `/privacy/${id}`),
    '/settings': ['/settings'],
    '/settings/webhooks/new': ['/settings/webhooks/new'],
    '/settings/webhooks/$webhookId': settings.map((id) => `/settings/webhooks/${id}`),
  }
  const full = Object.entries(pages).map(([route, addresses]) => [
    `/organizations/$organizationId${route}`,
    addresses.map((each) => `${base}${each}`),
  ])
  return Object.fromEntries(full)
}

function outputAddressesOf({ outputs, exports }: Ids): Record<string, string[]> {
  const { right, open, throttled, missing, rotating, untried } = outputs
  const of = (path: string, found: { id: string }[]) =>
    found.map(({ id }) => `/outputs/${id}${path}`)
  const begun = new URLSearchParams({ name: hostileAs('name'), bucketName: 'far-away' })
  return {
    '/outputs': ['/outputs'],
    '/outputs/new': ['/outputs/new', `/outputs/new?${begun}`],
    '/outputs/$outputId': of('', [right, missing, untried]),
    '/outputs/$outputId/verification': of('/verification', [
      missing,
      open,
      throttled,
      right,
      untried,
    ]),
    '/outputs/$outputId/hours': of('/hours', [right, missing]),
    '/outputs/$outputId/accesses': of('/accesses', [right, missing, untried]),
    '/outputs/$outputId/external-id': of('/external-id', [right, rotating]),
    '/outputs/$outputId/policies': of('/policies', [right]),
    '/outputs/$outputId/set-up/$step': [
      ...ways.map((way) => `/outputs/${untried.id}/set-up/role?way=${way}`),
      ...of('/set-up/verification', [untried, open]),
      ...of('/set-up/export', [untried, right]),
      `/outputs/${right.id}/set-up/export?exportTaskId=${exports[2]}`,
    ],
  }
}

const ways = ['console', 'aws-cli', 'cloudformation', 'terraform']

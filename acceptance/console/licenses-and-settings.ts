import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { AccessError, type Client, createClient } from '@sluice/sdk'
import { hasBrowser } from '../browser.ts'
import { type Console, type ConsolePage, onThisMachine } from './open-console.ts'
import { shareConsole } from './shared-console.ts'

// What is done with licenses, settings and on the operator's page; `every-page.test.ts` looks at them.

const HOSTILE = `<img src="x" onerror="document.title='owned'">`
const HOUR_MS = 3_600_000
const FIRST = { offset: 0, limit: 100 }
describe('licenses, settings and operator', {
  skip: !hasBrowser && 'npm brings no Chromium here',
}, () => {
  let console: Console
  let client: Client
  let hostile: Hostile
  before(async () => {
    console = await shareConsole()
    const { apiUrl, organizations } = console.sluice
    client = createClient({ apiUrl, apiKey: organizations[0].apiKey })
    hostile = await fill(client, organizations[0].aws.accountId)
  })

  /** Signed in, at a page of the first organization. */
  async function open(path: string): Promise<ConsolePage> {
    const [aurora] = console.sluice.organizations
    const opened = await console.openPage()
    await opened.signIn(aurora, `/organizations/${aurora.id}${path}`)
    return opened
  }

  test('a license is made, a domain added and taken away; the script has its key', async () => {
    await using opened = await open('/licenses/new')
    const { page } = opened
    await page.getByLabel('Name').fill('Web player')
    await page.getByLabel('Samples are kept for, in days').fill('90')
    await page.getByRole('button', { name: 'Create the license' }).click()
    await page.getByRole('heading', { name: 'Web player', level: 1 }).waitFor()
    await page.getByText('No samples in 7 days').waitFor()
    await page.getByRole('textbox', { name: 'Domain' }).fill('example.org')
    await page.getByRole('button', { name: 'Add' }).click()
    const remove = page.getByRole('button', { name: 'Remove example.org' })
    await remove.click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('It is the only one').waitFor()
    await opened.checkAccessible()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Players may run anywhere').waitFor()
    const { items } = await client.licenses.list().page(FIRST)
    const license = items.find(({ name }) => name === 'Web player')
    assert.equal(license?.retentionTime, 'P90D')
    const script = await page.getByText('new bitmovin.analytics').textContent()
    assert.match(String(script), new RegExp(`key: '${license?.licenseKey}'`))
    assert(script?.includes(`backendUrl: '${console.sluice.serviceUrl}'`))
  })

  test('what arrived is counted by the hour, and shown with what its columns mean', async () => {
    await using opened = await open(`/licenses/${hostile.licenseId}?span=24h`)
    const { page } = opened
    await page.getByRole('img', { name: '3 samples and 0 ad samples in 24 hours' }).waitFor()
    await page.getByText('As a table').click()
    await page.getByRole('table', { name: 'Samples by hour' }).getByText('Closed').first().waitFor()
    await page.getByRole('link', { name: 'Newest samples' }).click()
    await page.getByLabel('Find a column').fill('startup')
    const row = page.getByRole('row', { name: /^video_startuptime/ })
    const [, value, unit, meaning] = await row.getByRole('cell').allTextContents()
    assert.deepEqual([value, unit], ['Value320', 'Unitms'])
    assert.match(String(meaning), /to the first frame/)
  })

  test('an API key is shown once, works, and is refused once it is revoked', async () => {
    await using opened = await open('/settings')
    const { page } = opened
    await page.getByLabel('Name of a new key').fill('reports')
    await page.getByRole('button', { name: 'Create' }).click()
    const value = String(await page.getByRole('status').locator('pre').textContent())
    assert.match(value, /^sluice_/)
    await opened.checkAccessible()
    const { apiUrl } = console.sluice
    const made = createClient({ apiUrl, apiKey: value })
    await made.licenses.list().page(FIRST)
    await page.reload()
    await page.getByRole('button', { name: 'Revoke the key reports' }).waitFor()
    assert(!(await page.content()).includes(value))
    await page.getByRole('button', { name: 'Revoke the key reports' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page
      .getByRole('button', { name: 'Revoke the key reports' })
      .waitFor({ state: 'detached' })
    await assert.rejects(made.licenses.list().page(FIRST), AccessError)
  })

  test('a webhook’s secret is shown when it is made and when it is rotated', async () => {
    await using opened = await open('/settings/webhooks/new')
    const { page } = opened
    const secretOf = async () => String(await page.locator('pre').first().textContent())
    await page.getByLabel('Name').fill('Pager')
    await page.getByLabel('Address').fill('ftp://hooks.example/')
    await page.getByRole('button', { name: 'Create the webhook' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Address').fill('https://hooks.example/sluice')
    await page.getByRole('button', { name: 'Create the webhook' }).click()
    await page.getByText('it is not shown again').waitFor()
    const first = await secretOf()
    assert.match(first, /^whsec_/)
    await page.getByRole('link', { name: 'Go to the webhook' }).click()
    await page.getByRole('heading', { name: 'Pager', level: 1 }).waitFor()
    assert(!(await page.content()).includes(first))
    await page.getByRole('button', { name: 'Rotate the signing secret' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    await page.getByText('signs too until').waitFor()
    assert.notEqual(await secretOf(), first)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused').waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
    const left = await client.webhooks.list().page(FIRST)
    assert(left.items.every(({ name }) => name !== 'Pager'))
  })

  test('what failed is told in the overview and to the webhook, which can be told again', async () => {
    await using opened = await open('')
    const { page } = opened
    await page.getByText('Something needs your attention.').waitFor()
    await page.getByText(`The export ${HOSTILE} ended in an error.`).waitFor()
    await page.getByRole('link', { name: HOSTILE }).first().waitFor()
    await opened.follow(
      `/organizations/${console.sluice.organizations[0].id}${hostile.webhookPath}`,
    )
    const deliveries = page.getByRole('table', { name: 'Deliveries' })
    await deliveries.getByText('An export has failed').waitFor()
    await deliveries.getByRole('button', { name: /^Send again/ }).click()
    await deliveries
      .getByText(/Pending|Failed/)
      .first()
      .waitFor()
  })

  test('for whoever is not the operator there is no operator’s page', async () => {
    const [aurora] = console.sluice.organizations
    await using opened = await console.openPage()
    await opened.signIn(aurora, '/operator')
    await opened.page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    assert.equal(await opened.page.getByRole('link', { name: 'Operator' }).count(), 0)
  })

  test('the operator sees what fails anywhere, and makes an organization and its first key', async (t) => {
    const link = console.sluice.signInLinks['the operator']
    if (link === undefined) return t.skip('this Sluice was started elsewhere')
    await using opened = await console.openPage(onThisMachine)
    const { page } = opened
    await page.goto(link)
    const failing = page.getByRole('table', { name: 'Failing outputs' })
    await failing.getByRole('link', { name: HOSTILE }).waitFor()
    await page.getByRole('table', { name: 'Workers' }).getByText('Alive').waitFor()
    await page.getByLabel('Name of a new organization').fill(HOSTILE)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('nobody but the operator acts in this organization').waitFor()
    await page.getByLabel('Name of a new key').fill(HOSTILE)
    await page.getByRole('button', { name: 'Create' }).click()
    const apiKey = String(await page.getByRole('status').locator('pre').textContent())
    const made = createClient({ apiUrl: console.sluice.apiUrl, apiKey })
    const { items } = await made.organizations.list().page(FIRST)
    assert.equal(items[0]?.name, HOSTILE)
  })
})

interface Hostile {
  licenseId: string
  webhookPath: string
}

/** A license with samples, a webhook, and an export that fails for want of a role. */
async function fill(client: Client, accountId: string): Promise<Hostile> {
  const customDataFieldLabels = { customData1: HOSTILE }
  const license = await client.licenses.create({ name: HOSTILE, customDataFieldLabels })
  const webhook = await client.webhooks.create({
    name: HOSTILE,
    url: `https://hooks.example/${HOSTILE.replaceAll(' ', '')}`,
    events: ['export.failed'],
  })
  await importSamples(client, license.id)
  await failToExport(client, { accountId, licenseKey: license.licenseKey })
  return { licenseId: license.id, webhookPath: `/settings/webhooks/${webhook.id}` }
}

async function importSamples(client: Client, licenseId: string): Promise<void> {
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
  const rows = [1, 2, 3].map((hoursAgo) => ({
    time: new Date(hour - hoursAgo * HOUR_MS).toISOString(),
    impression_id: crypto.randomUUID(),
    sequence_number: 0,
    state: 'playing',
    video_title: HOSTILE,
    custom_data_1: HOSTILE,
    video_startuptime: 320,
  }))
  const body = rows.map((row) => JSON.stringify(row)).join('\n')
  const report = await client.licenses.importSamples(licenseId, {
    body,
    contentType: 'application/x-ndjson',
  })
  assert.deepEqual(report, { accepted: 3, rejected: 0, errors: [] })
}

async function failToExport(
  client: Client,
  { accountId, licenseKey }: { accountId: string; licenseKey: string },
): Promise<void> {
  const output = await client.outputs.s3RoleBased.create({
    name: HOSTILE,
    bucketName: 'nothing-there',
    roleArn: `arn:aws:iam::${accountId}:role/missing`,
  })
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
  const task = await client.exportTasks.create({
    name: HOSTILE,
    licenseKey,
    startTime: new Date(hour - 2 * HOUR_MS).toISOString(),
    endTime: new Date(hour - HOUR_MS).toISOString(),
    output: { outputId: output.id, outputPath: 'x' },
  })
  await assert.rejects(client.exportTasks.waitUntilFinished(task.id))
}

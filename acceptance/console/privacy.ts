import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { type Client, createClient, type ExportTask, type PrivacyDeletion } from '@sluice/sdk'
import type { Page } from 'playwright-core'
import { hasBrowser } from '../browser.ts'
import { openCustomer } from '../customer.ts'
import type { Console, ConsolePage } from './open-console.ts'
import { importRows, shareConsole } from './shared-console.ts'

// Viewers who were exported ask to be forgotten, each named in another way.

const HOUR_MS = 3_600_000
const PAGE_SIZE = 20
const HOSTILE = '<img src=x onerror=alert(1)>'
const hour = new Date(Math.floor(Date.now() / HOUR_MS - 3) * HOUR_MS)

/** Of the impression of each: the ids of another kind are another person's. */
const viewers = {
  user_id: { user_id: `u0 ${HOSTILE}`, custom_user_id: 'stays', impression_id: randomUUID() },
  custom_user_id: { user_id: 'u1', custom_user_id: `O'Hara, 7`, impression_id: randomUUID() },
  impression_id: { user_id: 'u2', custom_user_id: 'stays', impression_id: randomUUID() },
  nobody: { user_id: 'u3', custom_user_id: 'stays', impression_id: randomUUID() },
}
const ways = {
  user_id: 'A browser or device, by its user_id',
  custom_user_id: 'A user as you name them, by their custom_user_id',
  impression_id: 'One impression alone, by its impression_id',
}

describe('privacy in the console', { skip: !hasBrowser && 'npm brings no Chromium here' }, () => {
  let console: Console
  let client: Client
  let task: ExportTask
  before(async () => {
    console = await shareConsole()
    const { apiUrl, organizations } = console.sluice
    client = createClient({ apiUrl, apiKey: organizations[0].apiKey })
    task = await exportViewers(console, client)
  })

  async function open(path = ''): Promise<ConsolePage> {
    const [aurora] = console.sluice.organizations
    const opened = await console.openPage()
    await opened.signIn(aurora, `/organizations/${aurora.id}/privacy${path}`)
    return opened
  }

  test('a person goes once that is confirmed, named in any of three ways, and the record does not say who', async () => {
    await using opened = await open()
    const { page } = opened
    await page.getByText('No deletion yet').waitFor()
    await opened.checkAccessible()
    await page.getByRole('link', { name: 'Delete a person’s data' }).click()
    await page.getByRole('button', { name: 'Delete…' }).click()
    assert.equal(await page.getByRole('dialog').count(), 0, 'without an id there is no question')
    await name(page, 'user_id')
    await page.getByLabel('Reference').fill(`request ${HOSTILE}`)
    await opened.checkAccessible()
    await page.getByRole('button', { name: 'Delete…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(viewers.user_id.user_id).waitFor()
    await opened.checkAccessible()
    await dialog.getByRole('button', { name: 'Leave it' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.deepEqual((await client.privacyDeletions.list().page(FIRST)).totalCount, 0)
    await page.getByRole('button', { name: 'Delete…' }).click()
    await dialog.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText(`request ${HOSTILE}`).waitFor()
    await opened.checkAccessible()
    await readRecord(page, 'user_id')
    await page.getByRole('link', { name: 'Privacy' }).first().click()
    const row = page.getByRole('row').filter({ hasText: `request ${HOSTILE}` })
    await row.getByText('Finished').waitFor()
    await row.getByRole('link').focus()
    await page.keyboard.press('Tab')
    await page.getByRole('tooltip').filter({ hasText: ', here' }).waitFor()
    assert.equal(await page.locator('img[src="x"]').count(), 0)
    for (const kind of ['custom_user_id', 'impression_id'] as const) {
      await page.getByRole('link', { name: 'Delete a person’s data' }).click()
      await name(page, kind)
      await page.getByRole('button', { name: 'Delete…' }).click()
      await dialog.getByRole('button', { name: 'Delete for good' }).click()
      await readRecord(page, kind)
      await page.getByRole('link', { name: 'Privacy' }).first().click()
    }
    assert.equal((await impressionOf(viewers.nobody)).length, 1, 'whoever has no such name is kept')
    await readOnPhone(opened)
  })

  test('one that is at work is watched to its end, and a long list is read page by page', async () => {
    const { items } = await client.privacyDeletions.list().page(FIRST)
    const newest = items[0]
    assert(newest !== undefined)
    await using opened = await open()
    const { page } = opened
    const work = await pretendAtWork(page, { id: newest.id, totalCount: PAGE_SIZE + 2 })
    await page.reload()
    await page.getByRole('cell', { name: 'At work' }).first().waitFor()
    await opened.checkAccessible()
    await page.getByRole('button', { name: 'Page 2' }).click()
    await page.waitForURL(/page=2/)
    const records = page.getByRole('link', { name: /^(without a reference|request)/ })
    await records.nth(2).waitFor({ state: 'detached' })
    assert.equal(await records.count(), 2)
    await page.goBack()
    await records.nth(2).waitFor()
    await records.first().click()
    await page.getByRole('status').getByText('It goes on by itself').waitFor()
    await opened.checkAccessible()
    work.end()
    await page.getByRole('status').getByText('Nothing is kept of the person').waitFor()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
  })

  test('an answer that is lost says that the deletion goes on, and where it is', async () => {
    await using opened = await open('/new')
    const { page } = opened
    await page.route('**/privacy/deletions', (route) =>
      route.request().method() === 'POST' ? route.abort('aborted') : route.fallback(),
    )
    await page.getByLabel('The user_id').fill('nobody has this')
    await page.getByRole('button', { name: 'Delete…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText('Not known to be finished').waitFor()
    await opened.checkAccessible()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Delete…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText('Nothing was found').waitFor()
    await page.getByText('No exported file holds any').waitFor()
  })

  test('a second organization sees none of it', async () => {
    const { value: deletion } = await client.privacyDeletions.list().next()
    const [, borealis] = console.sluice.organizations
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn(borealis, `/organizations/${borealis.id}/privacy`)
    await page.getByText('No deletion yet').waitFor()
    await opened.follow(`/organizations/${borealis.id}/privacy/${deletion?.id}`)
    await page.getByRole('alert').getByText('was not found').waitFor()
    await page.getByRole('alert').getByRole('link', { name: 'All deletions' }).click()
    await page.getByText('No deletion yet').waitFor()
  })

  function impressionOf({ impression_id }: { impression_id: string }) {
    const [{ licenseKey }] = console.sluice.organizations
    return client.impressions.get(impression_id, { licenseKey })
  }

  /** One sample is gone, the record says no id, and names the file that held it. */
  async function readRecord(page: Page, kind: keyof typeof ways): Promise<void> {
    await page.getByRole('heading', { name: 'Deletion', level: 1 }).waitFor()
    await page.getByRole('status').getByText('Nothing is kept of the person').waitFor()
    const files = page.getByRole('table', { name: 'Files that hold the person’s rows' })
    await files.getByText(`/${task.output.outputPath}/`).waitFor()
    await files.getByText('In the bucket').waitFor()
    const link = files.getByRole('link', { name: /^The export of/ })
    assert((await link.getAttribute('href'))?.endsWith(task.id))
    const record = await client.privacyDeletions.get(idOf(page))
    assert.deepEqual([record.status, record.samples], ['FINISHED', 1])
    assert(!(await page.locator('body').innerText()).includes(viewers[kind][kind]))
    await assert.rejects(impressionOf(viewers[kind]), { code: 'NOT_FOUND' })
  }

  async function readOnPhone({ page, follow, checkAccessible }: ConsolePage): Promise<void> {
    const { value: deletion } = await client.privacyDeletions.list().next()
    await page.setViewportSize({ width: 360, height: 740 })
    await page.emulateMedia({ colorScheme: 'dark' })
    const path = new URL(page.url()).pathname
    for (const end of ['', '/new', `/${deletion?.id}`]) {
      await follow(`${path}${end}`)
      await checkAccessible()
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, end)
    }
  }
})

const FIRST = { offset: 0, limit: PAGE_SIZE }

function idOf(page: Page): string {
  return new URL(page.url()).pathname.split('/').at(-1) ?? ''
}

/** Fills in the form. */
async function name(page: Page, kind: keyof typeof ways): Promise<void> {
  await page.getByRole('radio', { name: ways[kind] }).check()
  await page.getByLabel(`The ${kind}`).fill(viewers[kind][kind])
}

/** The service's own answers, as if the newest deletion were not over yet, and many more there: none takes long here. */
async function pretendAtWork(page: Page, { id, totalCount }: { id: string; totalCount: number }) {
  let isAtWork = true
  const change = ({ finishedAt, ...deletion }: PrivacyDeletion) =>
    isAtWork && deletion.id === id
      ? { ...deletion, status: 'STARTED' }
      : { ...deletion, ...(finishedAt && { finishedAt }) }
  await page.route(/\/v1\/analytics\/privacy\/deletions/, async (route) => {
    const url = new URL(route.request().url())
    const offset = Number(url.searchParams.get('offset'))
    url.searchParams.set('offset', '0')
    const response = await route.fetch({ url: String(url) })
    const body = await response.json()
    const { result } = body.data
    if (!url.pathname.endsWith('/files')) {
      const count = Math.min(PAGE_SIZE, totalCount - offset)
      if (result.items === undefined) body.data.result = change(result)
      else {
        const items = Array.from({ length: count }, (_, at) => {
          const { [at]: own, 0: another } = result.items
          return change(own ?? { ...another, id: randomUUID() })
        })
        Object.assign(result, { totalCount, items })
      }
    }
    await route.fulfill({ response, json: body })
  })
  return {
    end: () => {
      isAtWork = false
    },
  }
}

async function exportViewers({ sluice }: Console, client: Client): Promise<ExportTask> {
  const [aurora] = sluice.organizations
  const { licenseKey } = aurora
  const atHour = { time: hour.getTime(), sequence_number: 0 }
  const rows = Object.values(viewers).map((viewer) => ({ ...viewer, ...atHour }))
  await importRows(client, licenseKey, rows)
  using customer = openCustomer(sluice, aurora)
  const [bucketName, role] = [customer.newName('privacy'), customer.newName('sluice')]
  await customer.createBucket(bucketName)
  const roleArn = customer.roleArn(role)
  const { id: outputId, externalId } = await client.outputs.s3RoleBased.create({
    bucketName,
    roleArn,
    cloudRegion: 'US_EAST_1',
  })
  await customer.createRole(role, { externalId })
  const { id } = await client.exportTasks.create({
    name: 'before they asked',
    licenseKey,
    startTime: hour.toISOString(),
    endTime: new Date(hour.getTime() + HOUR_MS).toISOString(),
    output: { outputId, outputPath: 'held' },
  })
  return client.exportTasks.waitUntilFinished(id)
}

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { type Client, createClient, type S3RoleBasedOutput } from '@sluice/sdk'
import type { Page } from 'playwright-core'
import { hasBrowser } from '../browser.ts'
import { openCustomer } from '../customer.ts'
import { addFault } from '../fault.ts'
import type { Organization } from '../sluice.ts'
import type { Console, ConsolePage } from './open-console.ts'
import { importRows, shareConsole } from './shared-console.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const day = Math.floor(Date.now() / DAY_MS - 2) * DAY_MS
const HOSTILE = '<img src=x onerror=alert(1)>'
const ROWS_AN_HOUR = 3

const accessDenied = {
  service: 's3',
  operation: 'PutObject',
  kind: 'error',
  status: 403,
  code: 'AccessDenied',
  message: 'Access Denied',
}

const at = (hour: number) => new Date(day + hour * HOUR_MS).toISOString()
/** As people read an hour, and as they type it. */
const read = (hour: number) => `${at(hour).slice(0, 16).replace('T', ' ')} UTC`
const typed = (hour: number) => at(hour).slice(0, 16)

describe('exports and schedules in the console', { skip: !hasBrowser && 'no Chromium' }, () => {
  let console: Console
  let client: Client
  let output: S3RoleBasedOutput
  let path: string
  before(async () => {
    console = await shareConsole()
    const [aurora] = console.sluice.organizations
    client = createClient({ apiUrl: console.sluice.apiUrl, apiKey: aurora.apiKey })
    path = `/organizations/${aurora.id}`
    output = await openOutput(console, client)
    await importSamples(client, aurora)
  })

  async function open(end = ''): Promise<ConsolePage> {
    const opened = await console.openPage()
    await opened.signIn(console.sluice.organizations[0], `${path}${end}`)
    return opened
  }

  function createTask(name: string, window: [number, number]) {
    return client.exportTasks.create({
      name,
      startTime: at(window[0]),
      endTime: at(window[1]),
      licenseKey: console.sluice.organizations[0].licenseKey,
      output: { outputId: output.id, outputPath: name },
    })
  }

  test('an export says what it would hold, and is watched from its start to its manifest', async () => {
    await using opened = await open()
    const { page } = opened
    await page.getByRole('link', { name: 'Exports' }).click()
    await page.getByRole('link', { name: 'New export' }).first().click()
    await page.getByRole('heading', { name: 'New export', level: 1 }).waitFor()
    await pick(page, 'Output', HOSTILE)
    await pick(page, 'License', 'Aurora Video, web')
    await page.getByLabel('From, UTC').fill(typed(0))
    await page.getByLabel('Until, UTC').fill(typed(4))
    await page.getByLabel('Path').fill(`watched/${HOSTILE}`)
    await page.getByLabel('Name').fill(HOSTILE)
    await page.getByRole('radio', { name: 'Some of them' }).click()
    await page.getByLabel('Find a column').fill('video_title')
    await page.getByRole('checkbox', { name: 'video_title' }).check()
    await page.getByText(`${3 * ROWS_AN_HOUR} rows`, { exact: true }).waitFor()
    await page.getByText('4 files and the manifest').waitFor()
    await page.getByRole('button', { name: 'Start the export' }).click()
    await page.getByRole('heading', { name: HOSTILE, level: 1 }).waitFor()
    await page.getByRole('status').getByText('Finished').waitFor()
    await page
      .getByText(/manifest-.*json/)
      .first()
      .waitFor()
    await moveThroughHours(page)
    await assertHarmless(page)
    const task = await client.exportTasks.get(page.url().split('/').at(-1) ?? '')
    assert.deepEqual([task.name, task.state, task.columns], [HOSTILE, 'FINISHED', ['video_title']])
  })

  test('an hour that failed is shown with its remedy, and retried to the end from the page', async () => {
    const fault = await addFault(console.sluice, {
      ...accessDenied,
      where: { bucket: output.bucketName, keyPrefix: `failing/${typed(2).slice(0, 10)}-02` },
    })
    const task = await createTask('failing', [0, 4])
    await using opened = await open(`/exports/${task.id}`)
    const { page } = opened
    const alert = page.getByRole('alert').filter({ hasText: 'The export ended in an error' })
    await alert.getByText('What to do:').waitFor()
    const failed = page.getByRole('button', { name: `${read(2)}: Failed` })
    await failed.click()
    await page.getByText('Last error').waitFor()
    await opened.checkAccessible()
    await fault.remove()
    await page.getByRole('button', { name: 'Retry', exact: true }).click()
    await page.getByRole('status').getByText('Finished').waitFor()
    await page.getByRole('button', { name: `${read(2)}: Delivered` }).waitFor()
    await page.getByRole('cell', { name: 'Retried' }).waitFor()
    assert.equal((await client.exportTasks.get(task.id)).state, 'FINISHED')
  })

  test('an export that waits is cancelled', async () => {
    const task = await client.exportTasks.create({
      name: 'not needed',
      startTime: new Date(Date.now() - HOUR_MS).toISOString(),
      endTime: new Date(Date.now() + 50_000).toISOString(),
      licenseKey: console.sluice.organizations[0].licenseKey,
      output: { outputId: output.id, outputPath: 'not-needed' },
    })
    await using opened = await open(`/exports/${task.id}`)
    const { page } = opened
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('status').getByText('Cancelled').waitFor()
    assert.equal((await client.exportTasks.get(task.id)).state, 'CANCELLED')
    await opened.follow(`${path}/exports?state=CANCELLED`)
    await page.getByRole('link', { name: 'not needed' }).waitFor()
    await page.getByRole('status').getByText('1 export', { exact: true }).waitFor()
  })

  test('a schedule is made, paused, resumed, backfilled and deleted', async () => {
    await using opened = await open('/schedules')
    const { page } = opened
    await page.getByRole('link', { name: 'New schedule' }).click()
    await page.getByRole('heading', { name: 'New schedule', level: 1 }).waitFor()
    await page.getByLabel('Name').fill(HOSTILE)
    await page.getByLabel('Description').fill(`A description ${HOSTILE}`)
    await pick(page, 'Output', HOSTILE)
    await page.getByLabel('Path').fill(`hourly/${HOSTILE}`)
    await pick(page, 'License', 'Aurora Video, web')
    await page.getByRole('button', { name: 'Create the schedule' }).click()
    await page.getByRole('heading', { name: HOSTILE, level: 1 }).waitFor()
    await page.getByText(`A description ${HOSTILE}`).waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('status').getByText('Paused').waitFor()
    await page.getByText('Nothing while it is paused').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('status').getByText('On time').waitFor()
    await page.getByLabel('Backfill from').fill(typed(0))
    await page.getByLabel('Until, UTC').fill(typed(2))
    await page.getByRole('button', { name: 'Backfill' }).click()
    await page.getByText('2 hours will be exported').waitFor()
    await page.getByRole('cell', { name: 'Finished' }).nth(1).waitFor()
    await assertHarmless(page)
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText(HOSTILE).waitFor()
    await opened.checkAccessible()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No schedules yet').waitFor()
    assert.deepEqual((await client.exportSchedules.list().next()).value, undefined)
  })

  test('hours of a schedule that failed are exported again, one alone and all of them', async () => {
    const fault = await addFault(console.sluice, {
      ...accessDenied,
      where: { bucket: output.bucketName, keyPrefix: 'again/' },
    })
    const { id } = await client.exportSchedules.create({
      name: 'fails at first',
      frequency: 'HOURLY',
      licenseKey: console.sluice.organizations[0].licenseKey,
      output: { outputId: output.id, outputPath: 'again' },
    })
    await client.exportSchedules.backfill(id, { startTime: at(0), endTime: at(3) })
    await using opened = await open(`/schedules/${id}`)
    const { page } = opened
    const again = page.getByRole('button', { name: /^Export again: / })
    await again.nth(2).waitFor()
    await page.getByRole('alert').getByText('What to do:').waitFor()
    await opened.checkAccessible()
    await fault.remove()
    await page.getByRole('button', { name: `Export again: ${at(1)}` }).click()
    await again.nth(2).waitFor({ state: 'detached' })
    assert.equal(await again.count(), 2)
    await page.getByRole('button', { name: 'Export all failed hours again' }).click()
    await page.getByRole('cell', { name: 'Finished' }).nth(2).waitFor()
    assert.equal(await again.count(), 0)
    await client.exportSchedules.delete(id)
  })

  test('the calendar of an output tells each hour, by keyboard too', async () => {
    await using opened = await open(`/outputs/${output.id}/hours?months=2`)
    const { page } = opened
    await page.getByRole('button', { name: `${read(3)}: Whole, no samples` }).waitFor()
    const first = page.getByRole('button', { name: `${read(0)}: Whole, ` })
    await first.click()
    await page.getByRole('link', { name: 'failing' }).waitFor()
    await page.keyboard.press('ArrowRight')
    await assertFocused(page, `${read(1)}: Whole, `)
  })

  test('the second organization sees none of it', async () => {
    const [, borealis] = console.sluice.organizations
    const { value: task } = await client.exportTasks.list().next()
    const { value: schedule } = await client.exportSchedules.list().next()
    await using opened = await console.openPage()
    const { page } = opened
    const own = `/organizations/${borealis.id}`
    await opened.signIn(borealis, `${own}/exports`)
    await page.getByText('No exports yet').waitFor()
    await opened.follow(`${own}/schedules`)
    await page.getByText('No schedules yet').waitFor()
    for (const each of [
      `/exports/${task?.id}`,
      `/schedules/${schedule?.id}`,
      `/outputs/${output.id}/hours`,
    ]) {
      await opened.follow(`${own}${each}`)
      await page.getByRole('alert').getByText('was not found').first().waitFor()
      assert.equal(await page.getByText('Aurora').count(), 0)
      assert.equal(await page.getByText(output.bucketName).count(), 0)
    }
  })

  test('a list of 10,000 exports scrolls to its end, and draws only what is in sight', async (t) => {
    await using opened = await open()
    const { page } = opened
    await pretendMany(page, 10_000)
    await opened.follow(`${path}/exports`)
    await page.getByText('10,000 exports').waitFor()
    const beganAt = performance.now()
    for (const share of [0.25, 0.5, 0.75, 1]) {
      await page.evaluate(`scrollTo(0, document.documentElement.scrollHeight * ${share})`)
      await page
        .getByRole('link', { name: /^number / })
        .first()
        .waitFor()
    }
    await page.getByRole('link', { name: 'number 9999', exact: true }).waitFor()
    const elements = Number(await page.evaluate('document.querySelectorAll("*").length'))
    t.diagnostic(
      `${elements} elements; four jumps in ${Math.round(performance.now() - beganAt)} ms`,
    )
    assert(elements < 1500, `${elements} elements`)
  })
})

async function openOutput({ sluice }: Console, client: Client): Promise<S3RoleBasedOutput> {
  const [aurora] = sluice.organizations
  using customer = openCustomer(sluice, aurora)
  const bucketName = customer.newName('exports')
  const role = customer.newName('sluice')
  await customer.createBucket(bucketName)
  const output = await client.outputs.s3RoleBased.create({
    name: HOSTILE,
    bucketName,
    roleArn: customer.roleArn(role),
    cloudRegion: 'US_EAST_1',
  })
  await customer.createRole(role, { externalId: output.externalId })
  return output
}

/** In three hours of the day; the fourth has none. */
async function importSamples(client: Client, { licenseKey }: Organization): Promise<void> {
  const rows = Array.from({ length: 3 * ROWS_AN_HOUR }, (_, index) => ({
    time: day + Math.floor(index / ROWS_AN_HOUR) * HOUR_MS + index,
    impression_id: randomUUID(),
    sequence_number: index,
    video_title: HOSTILE,
  }))
  await importRows(client, licenseKey, rows)
}

async function pick(page: Page, label: string, option: string): Promise<void> {
  await page
    .getByLabel(new RegExp(`^${label}`))
    .first()
    .click()
  await page.getByRole('option', { name: option }).click()
}

/** Arrows go from hour to hour; each says what it holds. */
async function moveThroughHours(page: Page): Promise<void> {
  await page.getByRole('button', { name: `${read(0)}: Delivered, ${ROWS_AN_HOUR} rows` }).focus()
  await page.getByRole('tooltip', { includeHidden: true }).waitFor()
  await page.keyboard.press('End')
  await assertFocused(page, `${read(3)}: Delivered, no samples`)
  await page.keyboard.press('Enter')
  await page.getByText('Delivered, no samples').first().waitFor()
}

async function assertFocused(page: Page, name: string): Promise<void> {
  const focused = await page.evaluate('document.activeElement.getAttribute("aria-label")')
  assert(String(focused).startsWith(name), `${focused} is focused`)
}

async function assertHarmless(page: Page): Promise<void> {
  assert.equal(await page.locator('img[src="x"]').count(), 0)
}

/** The service's own answers, with as many exports as are asked for: making them would take minutes. */
async function pretendMany(page: Page, totalCount: number): Promise<void> {
  await page.route(/\/v1\/analytics\/exports\?/, async (route) => {
    const { searchParams } = new URL(route.request().url())
    const [offset, limit] = ['offset', 'limit'].map((name) => Number(searchParams.get(name)))
    assert(offset !== undefined && limit !== undefined)
    const url = new URL(route.request().url())
    url.searchParams.set('offset', '0')
    const response = await route.fetch({ url: String(url) })
    const body = await response.json()
    const [task] = body.data.result.items
    const count = Math.min(limit, totalCount - offset)
    const items = Array.from({ length: count }, (_, index) => ({
      ...task,
      id: randomUUID(),
      name: `number ${offset + index}`,
    }))
    Object.assign(body.data.result, { totalCount, items })
    await route.fulfill({ response, json: body })
  })
}

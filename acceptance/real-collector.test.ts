import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@sluice/sdk'
import { parse } from 'csv-parse/sync'
import { hasBrowser } from './browser.ts'
import { openCustomer } from './customer.ts'
import type { Exchange } from './recorder.ts'
import { type Sluice, startSluice } from './sluice.ts'
import { openViewing, passTime, pause, play, seek } from './viewer.ts'
import { type Row, rowOf, type Sample } from './wire.ts'

// Bitmovin's own collector in a real Chromium, on the page of examples/player. What left the browser is
// recorded on its way, and the rows in the customer's bucket are compared with it, one by one.

const HOUR_MS = 3_600_000
const WAIT_MS_MAX = 30_000
const PAUSE_MS = 500
const SEEK_SECONDS = 8

test('what a viewer did is in the bucket after the hour, complete and once', async (t) => {
  if (!hasBrowser) return t.skip('npm brings no Chromium for this platform')
  await using opened = new AsyncDisposableStack()
  const dataDirectory = await mkdtemp(join(tmpdir(), 'sluice-collector-'))
  opened.defer(() => rm(dataDirectory, { recursive: true, force: true }))
  const startMs = Date.now()
  const { exchanges, browserVersion } = await watchFilm(dataDirectory)
  checkAnswers(exchanges)
  const sent = samplesOf(exchanges)
  checkVisits(sent)

  await using later = await startSluice({ env: process.env, dataDirectory, hoursAhead: 1 })
  const rows = await exportRows(later, { startMs, endMs: Date.now() })
  assert.equal(rows.length, sent.length)
  for (const sample of sent) {
    const { impression_id, sequence_number, ...expected } = rowOf(sample)
    const found = rows.filter(
      (row) => row.impression_id === impression_id && row.sequence_number === sequence_number,
    )
    assert.equal(found.length, 1, `${sample.state} ${sequence_number}, sent once`)
    const { time = '', ...row } = found[0] ?? {}
    assert(Date.parse(time) >= startMs && Date.parse(time) <= Date.now(), `stored at ${time}`)
    const server = addedColumns(browserVersion)
    assert.deepEqual(row, { impression_id, sequence_number, ...expected, ...server })
  }
})

/** Two visits: one that plays, pauses, seeks and leaves, and one whose source breaks. */
async function watchFilm(dataDirectory: string) {
  await using sluice = await startSluice({ env: process.env, dataDirectory })
  await using viewing = await openViewing(sluice)
  const { page, pageUrl, recorder, browserVersion } = viewing
  const { exchanges } = recorder
  const hasSent = (state: string) => samplesOf(exchanges).some((sample) => sample.state === state)

  await page.goto(pageUrl)
  await play(page, { untilSeconds: 1 })
  await pause(page)
  await waitUntil(() => hasSent('playing'))
  await passTime(page, PAUSE_MS)
  await play(page, { untilSeconds: 2 })
  await seek(page, SEEK_SECONDS)
  await play(page, { untilSeconds: SEEK_SECONDS + 1 })
  await page.goto('about:blank')
  await waitUntil(() => hasSent('closed'))

  await page.goto(pageUrl)
  await play(page, { untilSeconds: 0.5 })
  await page.getByRole('button', { name: 'Break the source' }).click()
  await page.getByText('error 4').waitFor()
  await waitUntil(() => hasSent('error') && recorder.isIdle())
  return { exchanges, browserVersion }
}

/** What the server makes of user agent, screen and address: a headless Chromium says that it is one. */
function addedColumns(browserVersion: string): Row {
  const [major = '', minor = ''] = browserVersion.split('.')
  return {
    browser: 'Chrome',
    browser_version_major: major,
    browser_version_minor: minor,
    browser_is_bot: 'true',
    operatingsystem: 'Linux',
    device_class: 'Desktop',
    screen_orientation: 'LANDSCAPE',
  }
}

async function waitUntil(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX
  while (!isTrue()) {
    assert(performance.now() < deadline, `not after ${WAIT_MS_MAX} ms: ${isTrue}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}

function samplesOf(exchanges: readonly Exchange[]): Sample[] {
  return exchanges.filter(({ path }) => path === '/analytics').map(({ body }) => JSON.parse(body))
}

async function exportRows(sluice: Sluice, { startMs, endMs }: { startMs: number; endMs: number }) {
  const [organization] = sluice.organizations
  using customer = openCustomer(sluice, organization)
  const client = createClient({ apiUrl: sluice.apiUrl, apiKey: organization.apiKey })
  const bucketName = customer.newName('viewer')
  const roleName = customer.newName('sluice')
  const roleArn = customer.roleArn(roleName)
  await customer.createBucket(bucketName)
  const { id: outputId, externalId } = await client.outputs.s3RoleBased.create({
    bucketName,
    roleArn,
  })
  await customer.createRole(roleName, { externalId })
  const hourOf = (ms: number) => Math.floor(ms / HOUR_MS) * HOUR_MS
  const task = await client.exportTasks.create({
    name: 'the viewer',
    startTime: new Date(hourOf(startMs)).toISOString(),
    endTime: new Date(hourOf(endMs) + HOUR_MS).toISOString(),
    licenseKey: organization.licenseKey,
    output: { outputId, outputPath: 'viewer' },
  })
  await client.exportTasks.waitUntilFinished(task.id)
  const rows: Row[] = []
  for (const key of await customer.listKeys(bucketName))
    if (key.endsWith('.csv'))
      rows.push(...parse<Row>(await customer.getObject(bucketName, key), { columns: true }))
  return rows.map(withoutEmpty)
}

function withoutEmpty(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, text]) => text !== ''))
}

/** A page of another origin may read every answer, and a beacon is taken as the rest is. */
function checkAnswers(exchanges: readonly Exchange[]): void {
  for (const { path, body, status, origin, allowedOrigin, contentType } of exchanges) {
    assert.equal(status, path === '/licensing' ? 200 : 204, body)
    assert(allowedOrigin === '*' || allowedOrigin === origin, allowedOrigin)
    assert(contentType === undefined || contentType === 'text/plain', contentType)
    if (JSON.parse(body).state === 'closed') assert.equal(contentType, undefined, 'a beacon')
  }
}

/** What was sent is what the viewer did. */
function checkVisits(sent: readonly Sample[]): void {
  const impressions = Object.values(Object.groupBy(sent, ({ impressionId }) => impressionId))
  assert.equal(impressions.length, 3, 'the film, the film again, and the source that is missing')
  for (const samples of impressions)
    assert.deepEqual(
      samples?.map(({ sequenceNumber }) => sequenceNumber).sort((a, b) => a - b),
      samples?.map((_, index) => index),
    )
  const [visit = [], , broken = []] = impressions
  const states = visit
    .toSorted((a, b) => a.sequenceNumber - b.sequenceNumber)
    .map(({ state }) => state)
    // A machine under load may not decode in time.
    .filter((state) => state !== 'rebuffering')
  assert.deepEqual(states.slice(0, 4), ['setup', 'startup', 'playing', 'pause'])
  assert.equal(states.at(-1), 'closed')
  const of = (state: string) => visit.filter((sample) => sample.state === state)
  assert(of('startup').every(({ videoStartupTime }) => Number(videoStartupTime) > 0))
  assert(of('pause').some(({ paused }) => Number(paused) >= PAUSE_MS))
  const [seeking] = of('seeking')
  assert(seeking !== undefined && Number(seeking.seeked) > 0)
  assert(Number(seeking.videoTimeStart) < SEEK_SECONDS * 1000)
  assert(Number(seeking.videoTimeEnd) >= SEEK_SECONDS * 1000)
  assert.deepEqual(
    broken.map(({ state, errorCode, errorSeverity }) => ({ state, errorCode, errorSeverity })),
    [{ state: 'error', errorCode: 4, errorSeverity: 'CRITICAL' }],
  )
}

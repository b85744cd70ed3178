import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createClient } from '@sluice/sdk'
import { parse } from 'csv-parse/sync'
import { adPage, showAds } from './ad-player.ts'
import { hasBrowser } from './browser.ts'
import { openCustomer } from './customer.ts'
import type { Exchange } from './recorder.ts'
import { type Sluice, startSluice } from './sluice.ts'
import { openViewing, passTime, pause, play, seek, waitUntil } from './viewer.ts'
import { type AdSample, adRowOf, type Row, rowOf, type Sample } from './wire.ts'

// Bitmovin's own collector in a real Chromium, on the page of examples/player. What left the browser is
// recorded on its way, and the rows in the customer's bucket are compared with it, one by one.

const HOUR_MS = 3_600_000
const PAUSE_MS = 500
const SEEK_SECONDS = 8

describe('after the hour', { skip: !hasBrowser && 'npm brings no Chromium here' }, () => {
  const opened = new AsyncDisposableStack()
  let later: Sluice
  let seen: Seen
  let exportAs: (type: 'SESSIONS' | 'ADS') => Promise<Row[]>

  before(async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'sluice-collector-'))
    opened.defer(() => rm(dataDirectory, { recursive: true, force: true }))
    const startMs = Date.now()
    seen = await watchFilm(dataDirectory)
    later = opened.use(await startSluice({ env: process.env, dataDirectory, hoursAhead: 1 }))
    exportAs = await openExports(later, { startMs, endMs: Date.now() })
  })
  after(() => opened.disposeAsync())

  test('what viewers did is in the bucket, complete and once', async () => {
    checkAnswers(seen.exchanges)
    const sent = samplesOf(seen.exchanges)
    checkVisits(sent.filter(({ player }) => player === 'html5'))
    const rows = await exportAs('SESSIONS')
    const server = addedColumns(seen.browserVersion)
    assert.deepEqual(
      inOrder(rows),
      inOrder(sent.map((sample) => ({ ...rowOf(sample), ...server }))),
    )
  })

  test('the ads that a viewer saw are in the bucket, those of the page and those of the server', async () => {
    const sent = adsOf(seen.exchanges)
    checkAds(sent)
    const rows = await exportAs('ADS')
    const server = addedColumns(seen.browserVersion)
    assert.deepEqual(inOrder(rows), inOrder(sent.map((ad) => ({ ...adRowOf(ad), ...server }))))
  })

  test('what the player told about its error beyond the sample is there to be asked for', async () => {
    const [organization] = later.organizations
    const { apiKey, licenseKey } = organization
    const broken = samplesOf(seen.exchanges).filter(({ errorCode }) => errorCode === 1400)
    const { impressionId } = broken[0] ?? assert.fail('the player has not told of its error')
    const client = createClient({ apiUrl: later.apiUrl, apiKey })
    const { errorDetails } = await client.impressions.listErrors(impressionId, { licenseKey })
    assert.deepEqual(
      errorDetails.map(({ code, message, severity, httpRequests }) => ({
        ...{ code, message, severity },
        requests: httpRequests?.map(({ type, url, httpStatus, downloadTime, size, success }) => ({
          ...{ type, url, httpStatus, downloadTime, size, success },
        })),
      })),
      [
        {
          ...{ code: 1400, message: 'SOURCE_NETWORK', severity: 'CRITICAL' },
          requests: [
            {
              ...{ type: 'MEDIA_VIDEO', url: 'https://cdn.example/7.ts', httpStatus: 404 },
              ...{ downloadTime: 250, size: 512, success: false },
            },
          ],
        },
      ],
    )
  })
})

interface Seen {
  exchanges: readonly Exchange[]
  browserVersion: string
}

/** Three visits: one that plays, pauses, seeks and leaves, one whose source breaks, and one with ads. */
async function watchFilm(dataDirectory: string): Promise<Seen> {
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

  await page.goto(new URL('page.css', pageUrl).href)
  await page.setContent(adPage)
  const [{ licenseKey }] = sluice.organizations
  await page.evaluate(showAds, { backendUrl: recorder.url, licenseKey })
  const hasToldBy = (state: string) =>
    samplesOf(exchanges).some((sample) => sample.player === 'bitmovin' && sample.state === state)
  await waitUntil(() => hasToldBy('error') && bodiesOf(exchanges, '/analytics/error').length > 0)
  await page.goto('about:blank')
  await waitUntil(() => hasToldBy('closed') && recorder.isIdle())
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

function samplesOf(exchanges: readonly Exchange[]): Sample[] {
  return bodiesOf(exchanges, '/analytics') as Sample[]
}

function adsOf(exchanges: readonly Exchange[]): AdSample[] {
  return bodiesOf(exchanges, '/analytics/a') as AdSample[]
}

function bodiesOf(exchanges: readonly Exchange[], path: string): object[] {
  return exchanges
    .filter((exchange) => exchange.path.split('?')[0] === path)
    .map(({ body }) => JSON.parse(body))
}

/** A bucket of the first customer's, and the rows that an export of these hours puts there. */
async function openExports(sluice: Sluice, { startMs, endMs }: { startMs: number; endMs: number }) {
  const [organization] = sluice.organizations
  const client = createClient({ apiUrl: sluice.apiUrl, apiKey: organization.apiKey })
  const names = { bucket: '', role: '' }
  const outputId = await setUp()

  async function setUp(): Promise<string> {
    using customer = openCustomer(sluice, organization)
    names.bucket = customer.newName('viewer')
    names.role = customer.newName('sluice')
    await customer.createBucket(names.bucket)
    const { id, externalId } = await client.outputs.s3RoleBased.create({
      bucketName: names.bucket,
      roleArn: customer.roleArn(names.role),
    })
    await customer.createRole(names.role, { externalId })
    return id
  }
  const hourOf = (ms: number) => Math.floor(ms / HOUR_MS) * HOUR_MS
  return async (type: 'SESSIONS' | 'ADS'): Promise<Row[]> => {
    using customer = openCustomer(sluice, organization)
    const task = await client.exportTasks.create({
      name: 'the viewer',
      type,
      startTime: new Date(hourOf(startMs)).toISOString(),
      endTime: new Date(hourOf(endMs) + HOUR_MS).toISOString(),
      licenseKey: organization.licenseKey,
      output: { outputId, outputPath: type },
    })
    await client.exportTasks.waitUntilFinished(task.id)
    const rows: Row[] = []
    for (const key of await customer.listKeys(names.bucket))
      if (key.startsWith(type) && key.endsWith('.csv'))
        rows.push(...parse<Row>(await customer.getObject(names.bucket, key), { columns: true }))
    return rows.map((row) => withoutTime(row, { startMs, endMs }))
  }
}

/** Without empty fields, and without when the service stored it. */
function withoutTime(
  { time = '', ...row }: Row,
  { startMs, endMs }: { startMs: number; endMs: number },
): Row {
  assert(Date.parse(time) >= startMs && Date.parse(time) <= endMs, `stored at ${time}`)
  return Object.fromEntries(Object.entries(row).filter(([, text]) => text !== ''))
}

/** Rows, and the columns of each, in an order that both sides have. */
function inOrder(rows: readonly Row[]): Row[] {
  return rows
    .map((row) => JSON.stringify(Object.entries(row).sort()))
    .sort()
    .map((text) => Object.fromEntries(JSON.parse(text)))
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

/** One for each ad of the page, at its end; one for a plan and one for a break without any; the server's ad as it went. */
function checkAds(sent: readonly AdSample[]): void {
  const quarters = ['started', 'quartile1', 'midpoint', 'quartile3', 'completed']
  const happened = [...quarters, 'clicked', 'skipped', 'closed']
  assert.deepEqual(
    sent.map((ad) => [ad.adId, ...happened.filter((what) => ad[what] === 1)].join(' ')).sort(),
    [
      '',
      '',
      'ad-1 started quartile1 midpoint quartile3 completed clicked',
      'ad-2 started skipped',
      'ad-3 completed',
      'ad-3 quartile1',
      'ad-3 started',
    ],
  )
}

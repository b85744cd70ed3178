import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createClient } from '@sluice/sdk'
import { hasBrowser } from './browser.ts'
import type { Exchange } from './recorder.ts'
import { findSluice, type Sluice } from './sluice.ts'
import { openViewing, pause, play, waitUntil } from './viewer.ts'

// Bitmovin's own collector in a real Chromium, where it may not report, and hears so, or cannot for a while.

describe('the collector in a browser', {
  skip: !hasBrowser && 'npm brings no Chromium here',
}, () => {
  let sluice: Sluice
  before(async () => {
    sluice = await findSluice(process.env)
  })
  after(() => sluice[Symbol.asyncDispose]())

  /** All that a viewer of the film sends, with this license. */
  async function watchWith(licenseKey: string, headers: Record<string, string> = {}) {
    const [organization, other] = sluice.organizations
    const organizations = [{ ...organization, licenseKey }, other] as const
    await using viewing = await openViewing({ ...sluice, organizations }, headers)
    const { page, pageUrl, recorder } = viewing
    await page.goto(pageUrl)
    await play(page, { untilSeconds: 1 })
    await page.goto('about:blank')
    return recorder.exchanges.map(({ path, status }) => `${path} ${status}`)
  }

  test('sends no sample from a domain that the license does not name', async () => {
    const [{ apiKey }] = sluice.organizations
    const { licenseKey } = await createClient({ apiUrl: sluice.apiUrl, apiKey }).licenses.create({
      name: 'elsewhere',
      domains: [{ url: 'video.example.org' }],
    })
    assert.deepEqual(await watchWith(licenseKey), ['/licensing 403'])
  })

  test('sends no sample of a viewer who asks not to be tracked', async () => {
    const [{ licenseKey }] = sluice.organizations
    assert.deepEqual(await watchWith(licenseKey, { DNT: '1' }), ['/licensing 403'])
  })

  test('loses nothing of an outage where the page has the worker of the example', async () => {
    await using viewing = await openViewing(sluice)
    const { page, pageUrl, recorder } = viewing
    const samples = () => recorder.exchanges.filter(({ path }) => path === '/analytics').map(nameOf)
    recorder.isOut = true
    await page.goto(`${pageUrl}?repeat`)
    await play(page, { untilSeconds: 0.5 })
    await pause(page)
    await waitUntil(() =>
      samples().some(({ state, status }) => state === 'playing' && status === 503),
    )
    recorder.isOut = false
    await play(page, { untilSeconds: 1 })
    await page.goto('about:blank')
    const taken = () =>
      new Set(samples().flatMap(({ number, status }) => (status === 204 ? [number] : [])))
    const last = () => samples().find(({ state }) => state === 'closed')?.number ?? Number.NaN
    await waitUntil(() => taken().size === last() + 1)
    const refused = samples().filter(({ status }) => status === 503)
    assert.deepEqual(
      [...new Set(refused.map(({ state }) => state))],
      ['setup', 'startup', 'playing'],
    )
  })
})

function nameOf({ body, status }: Exchange) {
  const { state, sequenceNumber } = JSON.parse(body)
  return { state, number: Number(sequenceNumber), status }
}

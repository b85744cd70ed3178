import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createClient } from '@sluice/sdk'
import { hasBrowser } from './browser.ts'
import { findSluice, type Sluice } from './sluice.ts'
import { openViewing, play } from './viewer.ts'

// Bitmovin's own collector in a real Chromium, where it may not report: it hears so, and falls silent.

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
})

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createClient } from '@sluice/sdk'
import { hasBrowser } from '../browser.ts'
import { type Console, openConsole } from './open-console.ts'

describe('the console', { skip: !hasBrowser && 'npm brings no Chromium here' }, () => {
  let console: Console
  before(async () => {
    console = await openConsole()
  })
  after(() => console[Symbol.asyncDispose]())

  test('a wrong key is refused with a sentence, a right one opens the overview', async () => {
    const [aurora] = console.sluice.organizations
    await using opened = await console.openPage()
    const { page } = opened
    await page.goto('/sign-in')
    await page.getByLabel('API key').fill('sluice_wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('The API key is not valid').waitFor()
    await opened.checkAccessible()
    await opened.signIn(aurora)
    await opened.checkAccessible()
    assert.equal(await page.title(), 'Overview · Sluice')
    const stored = await page.evaluate('document.cookie + JSON.stringify({ ...localStorage })')
    assert.doesNotMatch(String(stored), /sluice_/)
  })

  test('who signs out is out', async () => {
    const [aurora] = console.sluice.organizations
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn(aurora)
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('API key').waitFor()
    await page.goto('/')
    await page.getByLabel('API key').waitFor()
  })

  test('who signs in again after the key was revoked is where they were', async () => {
    const [aurora] = console.sluice.organizations
    const client = createClient({ apiUrl: console.sluice.apiUrl, apiKey: aurora.apiKey })
    const key = await client.apiKeys.create({ name: 'for a while' })
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn({ ...aurora, apiKey: key.value })
    await page.getByRole('link', { name: 'Outputs' }).click()
    await page.getByRole('heading', { name: 'Outputs', level: 1 }).waitFor()
    const address = page.url()
    await client.apiKeys.delete(key.id)
    await page.reload()
    await page.getByLabel('API key').fill(aurora.apiKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Outputs', level: 1 }).waitFor()
    assert.equal(page.url(), address)
  })

  test('another organization’s pages are not there', async () => {
    const [aurora, borealis] = console.sluice.organizations
    await using opened = await console.openPage()
    await opened.signIn(aurora)
    await opened.page.goto(`/organizations/${borealis.id}`)
    await opened.page.getByRole('alert').getByText('was not found').waitFor()
    assert.doesNotMatch(await opened.page.content(), new RegExp(borealis.name))
  })
})

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createClient } from '@sluice/sdk'
import { hasBrowser } from '../browser.ts'
import { type Console, onThisMachine } from './open-console.ts'
import { shareConsole } from './shared-console.ts'

describe('the console', { skip: !hasBrowser && 'npm brings no Chromium here' }, () => {
  let console: Console
  before(async () => {
    console = await shareConsole()
  })

  test('a wrong key is refused with a sentence, a right one opens the overview', async () => {
    const [aurora] = console.sluice.organizations
    await using opened = await console.openPage()
    const { page } = opened
    await page.goto('/sign-in')
    await page.getByLabel('API key').fill('sluice_wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('The API key is not valid').waitFor()
    await opened.checkAccessible()
    await page.getByLabel('API key').fill(aurora.apiKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
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
    await opened.signIn(aurora, `/organizations/${borealis.id}`)
    await opened.page.getByRole('alert').getByText('was not found').waitFor()
    assert.doesNotMatch(await opened.page.content(), new RegExp(borealis.name))
    assert.equal(await opened.page.getByRole('button', { name: 'Try again' }).count(), 0)
    await opened.page.getByRole('alert').getByRole('link', { name: 'Go to the overview' }).click()
    await opened.page.waitForURL(`**/organizations/${aurora.id}`)
  })

  test('a form that lacks something says what once it is sent', async () => {
    const [aurora] = console.sluice.organizations
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn(aurora, `/organizations/${aurora.id}/licenses/virtual/new`)
    await page.getByLabel('Name').fill('All of ours')
    await page.getByRole('button', { name: 'Create the virtual license' }).click()
    await page.getByText('Choose at least one license.').waitFor()
    await opened.checkAccessible()
    await page.getByRole('combobox', { name: 'Licenses' }).click()
    await page.getByRole('option').first().click()
    await page.getByRole('button', { name: 'Create the virtual license' }).click()
    await page.getByRole('link', { name: 'All of ours' }).waitFor()
    await opened.follow(`/organizations/${aurora.id}/settings/webhooks/new`)
    await page.getByLabel('Address').fill('https://hooks.example/')
    await page.getByRole('checkbox', { checked: true }).uncheck()
    await page.getByRole('button', { name: 'Create the webhook' }).click()
    await page.getByText('Choose at least one.').waitFor()
    await opened.checkAccessible()
  })

  test('a link of npm run dev signs in at once, and once', async (t) => {
    const link = console.sluice.signInLinks[console.sluice.organizations[0].name]
    if (link === undefined) return t.skip('this Sluice was started elsewhere')
    await using first = await console.openPage(onThisMachine)
    await first.page.goto(link)
    await first.page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    assert.equal(new URL(first.page.url()).hash, '')
    await using second = await console.openPage(onThisMachine)
    await second.page.goto(link)
    await second.page.getByRole('alert').getByText('The link has been used').waitFor()
    await second.checkAccessible()
  })

  test('a session that ends in the midst of something leads back to it', async () => {
    const [aurora] = console.sluice.organizations
    const client = createClient({ apiUrl: console.sluice.apiUrl, apiKey: aurora.apiKey })
    const key = await client.apiKeys.create({ name: 'ends soon' })
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn({ apiKey: key.value })
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByLabel('Name of a new key').fill('never made')
    await client.apiKeys.delete(key.id)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('Your session has ended').waitFor()
    await opened.checkAccessible()
    await page.getByLabel('API key').fill(aurora.apiKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
    const { items } = await client.apiKeys.list().page({ offset: 0, limit: 100 })
    assert(items.every(({ name }) => name !== 'never made'))
  })

  test('by keyboard one skips to the page, and a new page takes the focus', async () => {
    const [aurora] = console.sluice.organizations
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn(aurora, `/organizations/${aurora.id}`)
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    assert.equal(await focused.textContent(), 'Skip to the page')
    assert(((await focused.boundingBox())?.width ?? 0) > 50, 'it is seen')
    await page.keyboard.press('Enter')
    assert.equal(new URL(page.url()).hash, '#main')
    await page.getByRole('link', { name: 'Licenses' }).focus()
    await page.keyboard.press('Enter')
    await page.locator('h1:focus').getByText('Licenses').waitFor()
  })

  test('light or dark is chosen once', async () => {
    const [aurora] = console.sluice.organizations
    await using opened = await console.openPage({ colorScheme: 'light' })
    const { page } = opened
    await opened.signIn(aurora)
    const schemeOf = () => page.locator('html').getAttribute('data-mantine-color-scheme')
    assert.equal(await schemeOf(), 'light')
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    assert.equal(await schemeOf(), 'dark')
    await page.reload()
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    assert.equal(await schemeOf(), 'dark')
  })

  test('the switcher offers the organizations that one may act in, and no others', async () => {
    const [aurora, borealis] = console.sluice.organizations
    const client = createClient({ apiUrl: console.sluice.apiUrl, apiKey: aurora.apiKey })
    const name = 'Aurora Kids'
    const { id } = await client.organizations.create({ name, type: 'SUB_ORGANIZATION' })
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn(aurora)
    await page.getByRole('combobox', { name: 'Organization' }).click()
    await page.getByRole('option', { name }).waitFor()
    const options = await page.getByRole('option').allTextContents()
    assert(options.includes(aurora.name) && !options.includes(borealis.name))
    await page.getByRole('option', { name }).click()
    await page.waitForURL(`**/organizations/${id}`)
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Licenses' }).click()
    await page.getByText('No license yet').waitFor()
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { createClient } from '@sluice/sdk'
import type { Page } from 'playwright-core'
import { hasBrowser } from '../browser.ts'
import { type FullWorld, fillWorld, HOSTILE } from './full-world.ts'
import { type Console, type ConsolePage, onThisMachine, openConsole } from './open-console.ts'
import { forget, isRefused, pretend } from './pretend.ts'
import { type OpenApi, readField, type TextField, textFieldsOf, withField } from './text-fields.ts'

// All pages of the console, in an organization that has something for each of them, and in which whatever people
// may write is hostile.

const light = { colorScheme: 'light', width: 1280, height: 800 } as const
const darkPhone = { colorScheme: 'dark', width: 360, height: 740 } as const

/** Taken by the API, and on no page. */
const shownNowhere = [
  // Asked about, not kept.
  /^estimateExportTask\./,
  /^diagnoseS3RoleBasedOutputPolicies\./,
  // Of a person whom nobody shall know any more.
  /^createPrivacyDeletion\.(userId|customUserId|impressionId)$/,
  // For other clients of the API.
  /^(create|update)License\.(industry|subIndustry)$/,
  /^(create|update)VirtualLicense\.customDataFieldLabels\./,
  /^createExternalId\.description$/,
  /^createS3RoleBasedOutput\.acl\.0\.scope$/,
]

/** Of a new organization. */
const firstSteps: Record<string, string> = {
  '': 'Set up an output',
  '/outputs': 'Set up an output',
  '/outputs/new': 'Bucket',
  '/exports': 'New export',
  '/exports/new': 'Set up an output',
  '/schedules': 'New schedule',
  '/schedules/new': 'Set up an output',
  '/licenses': 'New license',
  '/licenses/virtual/new': 'Make a license',
  '/privacy': 'Delete a person’s data',
  '/settings': 'New webhook',
}

/** Whose failure takes nothing from the page: names instead of ids, and what is told elsewhere. */
const quiet: [route: RegExp, path: RegExp][] = [
  [/./, /^\/v1\/account\/organizations$/],
  [/\/verification$/, /\/verification\/progress$/],
  // A state in a list, and a mark at a step.
  [/\/(outputs|\$step)$/, /\/verification$/],
  // All columns can be taken without their names.
  [/\/new$/, /\/columns$/],
  // Told once what both are for is there.
  [/\$virtualLicenseId$/, /\/virtual-licenses\/[^/]+$/],
  [/\/external-id$/, /\/setup$/],
  // Of a schedule or an export that is there, the output’s and the license’s id are.
  [
    /\/(exports|schedules|hours|privacy)(\/\$\w+)?$/,
    /\/(s3-role-based|licenses|virtual-licenses)$/,
  ],
]
const isQuiet = (route: string, path: string) =>
  quiet.some(([of, what]) => of.test(route) && what.test(path))

describe('every page of the console', { skip: !hasBrowser && 'no Chromium' }, () => {
  let console: Console
  let world: FullWorld
  before(async () => {
    console = await openConsole()
    world = await fillWorld(console.sluice)
  })
  after(async () => {
    await world[Symbol.asyncDispose]()
    await console[Symbol.asyncDispose]()
  })

  async function open(organization = console.sluice.organizations[0]): Promise<ConsolePage> {
    const opened = await console.openPage()
    await opened.signIn(organization)
    return opened
  }

  test('is among those that are looked at here', async () => {
    await using opened = await open()
    const routes = await opened.page.evaluate('Object.keys(__TSR_ROUTER__.routesByPath)')
    const known = ['/', '/$', '/operator', '/sign-in', ...Object.keys(world.pages)]
    assert.deepEqual(new Set(Object(routes)), new Set(known))
  })

  test('shows what people have written as text, on any screen, to everybody', async () => {
    await using opened = await open()
    const seen: string[] = []
    const found: string[] = []
    // Another state of a page that both have seen is looked at in one of them. To change between them is dear.
    for (const view of [light, darkPhone])
      for (const addresses of [['/lost'], ...Object.values(world.pages)])
        for (const [index, address] of addresses.entries()) {
          if (index > 0 && view !== [light, darkPhone][index % 2]) continue
          await opened.follow(address)
          seen.push(await readPage(opened.page))
          found.push(...(await checkPage(opened, view)))
        }
    assert.deepEqual(found, [])
    const fields = (await listTextFields()).filter(isTaken)
    const missed = fields
      .map(({ operation, field }) => `${operation}.${field}`)
      .filter((field) => !shownNowhere.some((each) => each.test(field)))
      .filter((field) => !seen.some((text) => text.includes(field)))
    assert.deepEqual(missed, [])
  })

  test('of the operator does so too', async (t) => {
    const link = console.sluice.signInLinks['the operator']
    if (link === undefined) return t.skip('this Sluice was started elsewhere')
    await using opened = await console.openPage(onThisMachine)
    await opened.page.goto(link)
    const failing = opened.page.getByRole('table', { name: 'Failing outputs' })
    await failing.getByRole('link', { name: HOSTILE }).first().waitFor()
    for (const view of [light, darkPhone]) assert.deepEqual(await checkPage(opened, view), [])
  })

  test('is not there for another organization', async () => {
    const [, borealis] = console.sluice.organizations
    await using opened = await open(borealis)
    const addresses = Object.entries(world.pages)
      .filter(([route]) => /\$.*\$/.test(route))
      .flatMap(([, [address = '']]) => [address])
    assert(addresses.length > 10)
    for (const address of addresses)
      for (const id of [world.organization.id, borealis.id]) {
        await opened.follow(address.replace(world.organization.id, id))
        await opened.page.getByRole('alert').getByText('was not found').first().waitFor()
        assert.doesNotMatch(await opened.page.content(), /onerror/)
      }
  })

  test('has what it shows from fields that take such text, and all others say which they are', async () => {
    const refusing = (await listTextFields()).filter((field) => !isTaken(field))
    assert(refusing.length > 10)
    for (const each of refusing) {
      const { status, message } = await sendHostile(each)
      const what = `${each.operation}.${each.field}: ${status}, ${message}`
      const name = each.field.split('.').findLast((part) => !/^\d+$/.test(part)) ?? ''
      // A thing that would have to be there is told by its id.
      const isSaid = status === 404 ? /was not found/.test(message) : message.includes(name)
      assert([400, 404].includes(status) && isSaid, what)
    }
  })

  test('says what could not be loaded, why, and which request it was', async () => {
    await using opened = await open()
    const { page } = opened
    const asked = new Set<string>()
    page.on('request', (request) => asked.add(new URL(request.url()).pathname))
    const found: string[] = []
    for (const [state, spared] of [
      ['failed', undefined],
      // What the address names is there, all about it is not.
      ['busy', /\/[0-9a-f-]{36}$/],
    ] as const)
      for (const [route, [address = '']] of Object.entries(world.pages)) {
        await pretend(page, state, spared)
        // Where nothing is asked for: a page that is forgotten under one's feet would ask again.
        await opened.follow('/lost')
        await forget(page)
        asked.clear()
        await opened.follow(address)
        // Both look alike.
        if (state === 'failed') found.push(...(await checkPage(opened, light)))
        const text = await readPage(page)
        const failed = [...asked].filter((path) => isRefused(path, spared) && !isQuiet(route, path))
        const untold = failed.filter((path) => !text.includes(`request ${path}`))
        found.push(...untold.map((path) => `${route} says nothing of ${path}`))
        if (/Loading/.test(text)) found.push(`${route} loads for ever`)
      }
    assert.deepEqual(found, [])
  })

  test('can be read while it loads', async () => {
    await using opened = await open()
    const { page } = opened
    await pretend(page, 'loading')
    const found: string[] = []
    for (const [address = ''] of Object.values(world.pages)) {
      await forget(page)
      await page.evaluate(`__TSR_ROUTER__.navigate({ href: ${JSON.stringify(address)} })`)
      found.push(...(await checkPage(opened, darkPhone)))
    }
    assert.deepEqual(found, [])
  })

  test('that has nothing yet says what to do', async () => {
    const { apiUrl, organizations } = console.sluice
    const client = createClient({ apiUrl, apiKey: organizations[0].apiKey })
    const { id } = await client.organizations.create({ name: 'New', type: 'SUB_ORGANIZATION' })
    await using opened = await open()
    const found: string[] = []
    for (const [path, next] of Object.entries(firstSteps)) {
      await opened.follow(`/organizations/${id}${path}`)
      found.push(...(await checkPage(opened, darkPhone)))
      const main = opened.page.getByRole('main')
      const step = main
        .getByRole('link', { name: next })
        .or(main.getByRole('textbox', { name: next }))
      if ((await step.count()) === 0) found.push(`${path} does not say: ${next}`)
    }
    assert.deepEqual(found, [])
  })

  async function sendHostile({ operation, method, path, field }: TextField) {
    const { apiUrl, organizations } = console.sluice
    const { body, id } = world.sent.get(operation)?.at(-1) ?? assert.fail(operation)
    const response = await fetch(`${apiUrl}${path.replace('/v1', '').replace('{id}', id)}`, {
      method,
      headers: {
        'content-type': 'application/json',
        'x-api-key': organizations[0].apiKey,
        'x-tenant-org-id': world.organization.id,
      },
      body: JSON.stringify(withField(body, field, HOSTILE)),
    })
    const { data } = Object(await response.json())
    return { status: response.status, message: String(data?.message) }
  }

  /** What made this world has it. */
  function isTaken({ operation, field }: TextField): boolean {
    const values = (world.sent.get(operation) ?? []).map(({ body }) => readField(body, field))
    return values.some((value) => String(value).includes(HOSTILE))
  }

  /** But of questions about samples, which change nothing, and of signing in. */
  async function listTextFields(): Promise<TextField[]> {
    const response = await fetch(`${console.sluice.apiUrl}/openapi.json`)
    const fields = textFieldsOf((await response.json()) as OpenApi)
    return fields.filter(({ path }) => !/^\/v1\/(console|analytics\/impressions)\b/.test(path))
  }
})

/** What can be read there, in fields too. */
async function readPage(page: Page): Promise<string> {
  const values = `Array.from(document.querySelectorAll('input, textarea'), ({ value }) => value)`
  return String(await page.evaluate(`[document.body.innerText, ...${values}].join('\\n')`))
}

/** What is wrong: with axe-core, wider than the screen, or become markup. */
async function checkPage(
  { page, findViolations }: ConsolePage,
  { colorScheme, ...size }: typeof light | typeof darkPhone,
): Promise<string[]> {
  if (!isDeepStrictEqual(page.viewportSize(), size)) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme })
    await page.locator(`[data-mantine-color-scheme="${colorScheme}"]`).waitFor()
  }
  const found = await findViolations()
  const width = await page.evaluate('document.documentElement.scrollWidth')
  if (width !== size.width) found.push(`It is ${width} px wide instead of ${size.width}.`)
  const markup = await page.locator('img[src="x"]').count()
  if (markup > 0 || /^owned/.test(await page.title())) found.push('Text has become markup.')
  return found.map((each) => `${page.url()}, ${colorScheme}: ${each}`)
}

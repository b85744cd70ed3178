import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from '@sluice/sdk'
import type { BrowserContextOptions } from 'playwright-core'
import { fillWorld } from './full-world.ts'
import { type ConsolePage, openConsole } from './open-console.ts'
import { forget, pretend } from './pretend.ts'

// For eyes: pictures of pages. `npm run -w acceptance look -- DIRECTORY [/outputs …]`, of pages below
// /organizations/ID or, with a // in front, of others; of every page where none is named. They show a world of its
// own that has something for each page, or that of SLUICE_DEV_FILE; SLUICE_API_KEY says who looks, where that is not
// the first organization. `--state loading`, `failed`, `busy` or `empty`, and `--view light`, `dark`, `narrow` or
// `dark-narrow`, of which several may be given.

const wide = { width: 1280, height: 800 }
const phone = { width: 360, height: 740 }
const views: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light', viewport: wide },
  dark: { colorScheme: 'dark', viewport: wide },
  narrow: { colorScheme: 'light', viewport: phone },
  'dark-narrow': { colorScheme: 'dark', viewport: phone },
}
const lists = ['/', '/outputs', '/exports', '/schedules', '/licenses', '/privacy', '/settings']
const states = ['full', 'loading', 'failed', 'busy', 'empty'] as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    state: { type: 'string', default: 'full' },
    view: { type: 'string', multiple: true, default: ['light', 'dark', 'narrow'] },
  },
})
const [directory = 'look', ...given] = positionals
const state = states.find((each) => each === values.state) ?? refuse('--state', values.state)
for (const view of values.view) if (views[view] === undefined) refuse('--view', view)

await mkdir(directory, { recursive: true })
await using console = await openConsole()
const { sluice } = console
const { SLUICE_DEV_FILE, SLUICE_API_KEY: apiKey = sluice.organizations[0].apiKey } = process.env
await using world = SLUICE_DEV_FILE === undefined ? await fillWorld(sluice) : undefined
const organization = await findOrganization()
const paths = given.length > 0 ? given : everything()
for (const view of values.view) {
  await using opened = await console.openPage(views[view])
  await opened.page.goto('/sign-in')
  await opened.page.getByLabel('API key').waitFor()
  await picture(opened, 'sign-in', view)
  await opened.signIn({ apiKey })
  for (const path of paths) {
    await goTo(opened, path.startsWith('//') ? path.slice(1) : `${below()}${path}`)
    const name = path.replace(/^\/+|\/+$/g, '').replaceAll(/[/?]/g, '-') || 'overview'
    await picture(opened, name, view)
  }
}
process.stdout.write(`${resolve(directory)}\n`)

function refuse(option: string, value: string): never {
  throw new Error(`${option} cannot be ${value}.`)
}

async function findOrganization(): Promise<{ id: string }> {
  if (state !== 'empty') return world?.organization ?? sluice.organizations[0]
  const { organizations } = createClient({ apiUrl: sluice.apiUrl, apiKey })
  return organizations.create({ name: 'A new one', type: 'SUB_ORGANIZATION' })
}

function below(): string {
  return `/organizations/${organization.id}`
}

/** One of each page where there is one; a new organization has its lists alone. */
function everything(): string[] {
  if (world === undefined || state === 'empty') return lists
  return Object.values(world.pages).map(([address = '']) => address.replace(below(), '') || '/')
}

async function goTo({ page, follow }: ConsolePage, address: string): Promise<void> {
  if (state === 'full' || state === 'empty') return follow(address)
  await pretend(page, state)
  await forget(page)
  if (state !== 'loading') return follow(address)
  await page.evaluate(`__TSR_ROUTER__.navigate({ href: ${JSON.stringify(address)} })`)
}

async function picture({ page }: ConsolePage, name: string, view: string): Promise<void> {
  await page.screenshot({ path: join(directory, `${name}-${view}.png`), fullPage: true })
}

import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { type Console, openConsole } from './open-console.ts'

// For eyes: pictures of pages, light, dark and narrow. `npm run -w acceptance look -- DIRECTORY [/outputs …]`, of
// pages below /organizations/ID or, with a // in front, of others; SLUICE_DEV_FILE names a world with something in it,
// and SLUICE_API_KEY who looks, where that is not the first organization.

const views: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  narrow: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
}
const everything = ['/', '/outputs', '/exports', '/schedules', '/licenses', '/settings']

const [directory = 'look', ...given] = process.argv.slice(2)
await mkdir(directory, { recursive: true })
await using console = await openConsole()
await lookAtSignIn(console)
for (const [view, options] of Object.entries(views)) await lookAround(console, view, options)
process.stdout.write(`${resolve(directory)}\n`)

async function lookAtSignIn({ openPage }: Console): Promise<void> {
  for (const [view, options] of Object.entries(views)) {
    await using opened = await openPage(options)
    await opened.page.goto('/sign-in', { waitUntil: 'networkidle' })
    await opened.page.screenshot({ path: join(directory, `sign-in-${view}.png`) })
  }
}

async function lookAround(
  { openPage, sluice }: Console,
  view: string,
  options: BrowserContextOptions,
): Promise<void> {
  const [organization] = sluice.organizations
  await using opened = await openPage(options)
  const { page } = opened
  const { SLUICE_API_KEY: apiKey = organization.apiKey } = process.env
  await opened.signIn({ ...organization, apiKey })
  for (const path of given.length > 0 ? given : everything) {
    const isOwn = !path.startsWith('//')
    await page.goto(isOwn ? `/organizations/${organization.id}${path}` : path.slice(1))
    await page.waitForLoadState('networkidle')
    const name = path.replace(/^\/+|\/+$/g, '').replaceAll(/[/?]/g, '-') || 'overview'
    await page.screenshot({ path: join(directory, `${name}-${view}.png`), fullPage: true })
  }
}

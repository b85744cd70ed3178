import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import type { BrowserContextOptions, Page, Request } from 'playwright-core'
import { openBrowser } from '../browser.ts'
import { findSluice, type Organization, type Sluice } from '../sluice.ts'

/** One world and one browser for a file of tests; each test takes a page of its own. */
export interface Console extends AsyncDisposable {
  readonly sluice: Sluice
  /** Nobody is signed in. Closing it fails for whatever the page's console has complained of. */
  openPage(options?: PageOptions): Promise<ConsolePage>
}

type PageOptions = Pick<
  BrowserContextOptions,
  'permissions' | 'extraHTTPHeaders' | 'colorScheme' | 'viewport'
>

export interface ConsolePage extends AsyncDisposable {
  readonly page: Page
  /** As its engineer, without the form; ends there, or on the overview, which for the operator is another. */
  signIn(organization: Pick<Organization, 'apiKey'>, path?: string): Promise<void>
  /** Goes there as a link within the console would, and waits until whatever the page asks for is there and shown. */
  follow(path: string): Promise<void>
  /** By WCAG 2.2 AA, as far as axe-core can tell. */
  checkAccessible(): Promise<void>
  /** What axe-core has against it. */
  findViolations(): Promise<string[]>
  /** What the button “Copy …” puts on the clipboard, which a context must have been granted. */
  copy(what: string): Promise<string>
}

export const withClipboard: PageOptions = {
  permissions: ['clipboard-read', 'clipboard-write'],
}

/** A link that signs in is taken from loopback alone. */
export const onThisMachine: PageOptions = { extraHTTPHeaders: {} }

export async function openConsole(env: NodeJS.ProcessEnv = process.env): Promise<Console> {
  await using opened = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'sluice-console-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  // Each page is at an address of its own, so that none has to wait for the attempts of others to sign in.
  const sluice = opened.use(await findSluice({ ...env, SLUICE_TRUSTED_PROXIES: '127.0.0.1' }))
  const browser = opened.use(await openBrowser(directory))
  const everything = opened.move()
  const baseURL = sluice.serviceUrl
  const left: Page[] = []
  let pages = 0
  return {
    sluice,
    openPage: async (options = {}) => {
      pages += 1
      const extraHTTPHeaders = { 'x-forwarded-for': `192.0.2.${pages}` }
      const page = left.pop() ?? (await (await browser.newContext({ baseURL })).newPage())
      await prepare(page, { extraHTTPHeaders, ...options })
      const complaints = listenToComplaints(page)
      const requests = countRequests(page)
      return {
        page,
        signIn: (organization, path) =>
          signIn(page, { ...organization, origin: baseURL, ...(path !== undefined && { path }) }),
        follow: async (path) => {
          await page.evaluate(`__TSR_ROUTER__.navigate({ href: ${JSON.stringify(path)} })`)
          await requests.end()
        },
        checkAccessible: async () => assert.deepEqual(await findViolations(page), [], page.url()),
        findViolations: () => findViolations(page),
        copy: (what) => copy(page, what),
        [Symbol.asyncDispose]: async () => {
          await leave(page)
          left.push(page)
          assert.deepEqual(complaints, [])
        },
      }
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}

const VIEWPORT = { width: 1280, height: 720 }

async function prepare(
  page: Page,
  { permissions = [], extraHTTPHeaders = {}, colorScheme = 'light', viewport }: PageOptions,
): Promise<void> {
  const context = page.context()
  await context.setExtraHTTPHeaders(extraHTTPHeaders)
  await context.grantPermissions(permissions)
  await page.emulateMedia({ colorScheme })
  await page.setViewportSize(viewport ?? VIEWPORT)
}

/**
 * Nothing of it is left but the console's files, which the browser has compiled: the next who asks for a
 * page takes this one, since a new one costs more than most of what is done with it.
 */
async function leave(page: Page): Promise<void> {
  for (const event of LISTENED) page.removeAllListeners(event)
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  const context = page.context()
  for (const other of context.pages()) if (other !== page) await other.close()
  // A page of the same origin, on which nothing runs.
  await page.goto('/healthz')
  await page.evaluate('localStorage.clear(), sessionStorage.clear()')
  await context.clearCookies()
  await context.clearPermissions()
}

const LISTENED = [
  ...['pageerror', 'console', 'dialog'],
  ...['request', 'requestfinished', 'requestfailed'],
]

/** Errors that nobody has caught, dialogs, which no page of ours opens, and what the browser has refused, by the Content-Security-Policy for one. */
function listenToComplaints(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // The browser's own note of an answer that is no success: the page has to deal with that.
    const isAnswer = message.text().startsWith('Failed to load resource: the server responded')
    if (['error', 'warning'].includes(message.type()) && !isAnswer) complaints.push(message.text())
  })
  page.on('dialog', (dialog) => {
    complaints.push(`A script has run: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText
    if (why !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${why}`)
  })
  return complaints
}

/** Knows when all are answered, those too that the answers of others have led to, and are shown. */
function countRequests(page: Page) {
  const pending = new Set<Request>()
  let begun = 0
  page.on('request', (request) => {
    begun += 1
    pending.add(request)
  })
  page.on('requestfinished', (request) => pending.delete(request))
  page.on('requestfailed', (request) => pending.delete(request))
  return {
    end: async () => {
      for (let isQuiet = false; !isQuiet; ) {
        const before = begun
        isQuiet = (await page.evaluate(QUIET)) === true && begun === before && pending.size === 0
      }
    },
  }
}

async function signIn(
  page: Page,
  { apiKey, origin, path }: { apiKey: string; origin: string; path?: string },
): Promise<void> {
  const options = { data: { apiKey }, headers: { origin } }
  assert.equal((await page.request.post('/v1/console/session', options)).status(), 201)
  await page.goto(path ?? '/')
  if (path !== undefined) return
  await page.getByRole('heading', { name: /^(Overview|Operator)$/, level: 1 }).waitFor()
}

async function copy(page: Page, what: string): Promise<string> {
  await page.getByRole('button', { name: `Copy ${what}`, exact: true }).click()
  await page.getByRole('button', { name: `Copied ${what}` }).waitFor()
  return String(await page.evaluate('navigator.clipboard.readText()'))
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Three frames, in which what has arrived is drawn, and asks for what it needs: whether nobody waits in any of them. */
const QUIET = `(async () => {
  const queries = globalThis.__TSR_ROUTER__?.options.context.queries
  let waiting = 0
  for (let frame = 0; frame < 3; frame += 1) {
    await new Promise((done) => requestAnimationFrame(done))
    waiting += queries?.isFetching() ?? 0
  }
  return waiting === 0
})()`

/** Ends when transitions have, and what they moved is laid out; what turns for ever goes on turning. */
const REST = `Promise.allSettled(
  document.getAnimations().filter((each) => each instanceof CSSTransition).map((each) => each.finished)
).then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))`

async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(REST)
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axe.source)
  // What is loaded before is for a rule that these are without.
  const options = JSON.stringify({ runOnly: RULES, resultTypes: ['violations'], preload: false })
  const { violations }: AxeResults = await page.evaluate(`axe.run(document, ${options})`)
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  )
}

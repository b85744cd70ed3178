import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { type Recorder, startRecorder } from './recorder.ts'
import type { Sluice } from './sluice.ts'

const WAIT_MS_MAX = 30_000
const root = join(import.meta.dirname, '..')

/** The page of `npm run example` in a browser of a known screen and language, and all that it sends to the service. */
interface Viewing extends AsyncDisposable {
  readonly page: Page
  readonly pageUrl: string
  readonly recorder: Recorder
  /** Such as 153.0.8010.0. */
  readonly browserVersion: string
}

export async function openViewing(
  sluice: Pick<Sluice, 'serviceUrl' | 'apiUrl' | 'organizations'>,
  headers: Record<string, string> = {},
): Promise<Viewing> {
  await using opened = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'sluice-viewer-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  const recorder = opened.use(await startRecorder(sluice.serviceUrl))
  const world = { ...sluice, serviceUrl: recorder.url }
  await writeFile(join(directory, 'dev.json'), JSON.stringify(world))
  const example = opened.use(await startExample(directory))
  const browser = opened.use(await openBrowser(directory))
  const screen = { width: 1920, height: 1080 }
  const page = await browser.newPage({ locale: 'de-AT', screen, extraHTTPHeaders: headers })
  const everything = opened.move()
  return {
    page,
    pageUrl: `${example.url}/index.html`,
    recorder,
    browserVersion: browser.version(),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}

/** `npm run example`, with the dev.json of this directory. */
async function startExample(directory: string) {
  const args = ['examples/player/serve.ts', '--data-dir', directory, '--port', '0']
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const stop = async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\S+/.exec(line)?.[0]
    if (url !== undefined) return { url, [Symbol.asyncDispose]: stop }
  }
  return assert.fail('npm run example has not started')
}

/** What the functions that run in the page need of a video element. */
interface Video extends EventTarget {
  currentTime: number
  play(): Promise<void>
  pause(): void
}

export function play(page: Page, { untilSeconds }: { untilSeconds: number }): Promise<void> {
  // The page gives it a source when it has asked the example's server for its settings.
  return page.locator('video[src]').evaluate(async (video: Video, until: number) => {
    await video.play()
    while (video.currentTime < until)
      await new Promise((done) => video.addEventListener('timeupdate', done, { once: true }))
  }, untilSeconds)
}

export const pause = (page: Page) => page.locator('video').evaluate((video: Video) => video.pause())

export function seek(page: Page, seconds: number): Promise<void> {
  return page.locator('video').evaluate(async (video: Video, to: number) => {
    const arrived = new Promise((done) => video.addEventListener('seeked', done, { once: true }))
    video.currentTime = to
    await arrived
  }, seconds)
}

export async function passTime(page: Page, ms: number): Promise<void> {
  const until = (await page.evaluate(() => performance.now())) + ms
  await page.waitForFunction((untilMs: number) => performance.now() >= untilMs, until)
}

/** What the page sends arrives some time later. */
export async function waitUntil(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX
  while (!isTrue()) {
    assert(performance.now() < deadline, `not after ${WAIT_MS_MAX} ms: ${isTrue}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}

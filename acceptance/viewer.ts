import type { Page } from 'playwright-core'

// What a viewer does with the one video of a page.

/** What the functions that run in the page need of a video element. */
interface Video extends EventTarget {
  currentTime: number
  play(): Promise<void>
  pause(): void
}

export function play(page: Page, { untilSeconds }: { untilSeconds: number }): Promise<void> {
  return page.locator('video').evaluate(async (video: Video, until: number) => {
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

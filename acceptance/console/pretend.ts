import type { Page } from 'playwright-core'

/** How the service answers: not yet, with a fault of its own, or with one that passes by itself. */
type State = 'loading' | 'failed' | 'busy'

const refusals = {
  failed: {
    status: 500,
    code: 'INTERNAL_ERROR',
    message: 'The service failed. The fault is on our side; name the requestId when you report it.',
  },
  busy: { status: 503, code: 'BUSY', message: 'The database does not answer. Please try again.' },
}
/** Who is signed in, and in which organization they act: without these there is no page. */
const needed = /\/v1\/(console\/session|account\/organizations\/[^/]+)$/

export function isRefused(pathname: string, spared?: RegExp): boolean {
  return pathname.startsWith('/v1/') && !needed.test(pathname) && !spared?.test(pathname)
}

/** Whoever asks for what `spared` does not name is answered so; the id of a refused request is its path. */
export async function pretend(page: Page, state: State, spared?: RegExp): Promise<void> {
  await page.unroute(/\/v1\//)
  await page.route(/\/v1\//, async (route) => {
    const { pathname } = new URL(route.request().url())
    if (!isRefused(pathname, spared)) return route.continue()
    // Held until the page goes.
    if (state === 'loading') return
    const { status, code: errorCode, message } = refusals[state]
    const data = { code: 1004, errorCode, message, developerMessage: message }
    const json = { requestId: pathname, status: 'ERROR', data: { ...data, links: [], details: [] } }
    await route.fulfill({ status, json })
  })
}

/** As if the console had just been opened, and asked once for each thing. */
export async function forget(page: Page): Promise<void> {
  await page.evaluate(`{
    const { queries } = __TSR_ROUTER__.options.context
    queries.clear()
    queries.setDefaultOptions({ queries: { retry: false } })
  }`)
}

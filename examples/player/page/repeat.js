/**
 * A service worker for a page of yours. The collector of the web sends each sample once; with this worker, one that
 * Sluice did not take stays in the browser, and goes after the next that is taken. Sluice keeps each sample once,
 * however often it comes.
 *
 *   navigator.serviceWorker.register('repeat.js?backend=https://sluice.example.org')
 */
const backend = new URL(self.location).searchParams.get('backend')
/** The oldest go first. Two to five megabytes. */
const KEPT_MAX = 1000
const granted = {
  status: 'granted',
  message: 'Sluice has not answered; it judges each sample when it comes.',
  features: { errorDetails: { enabled: true, numberOfHttpRequests: 10 } },
}

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => {
  const { method, url } = event.request
  if (method !== 'POST' || !url.startsWith(backend)) return
  if (url.endsWith('/licensing')) event.respondWith(ask(event.request))
  else event.respondWith(send(event))
})

/** A collector that is not granted falls silent for as long as its page is open. */
async function ask(request) {
  const answer = await post({ url: request.url, body: await request.text() })
  return isTaken(answer) ? answer : new Response(JSON.stringify(granted))
}

async function send(event) {
  const sample = { url: event.request.url, body: await event.request.text() }
  const answer = await post(sample)
  if (isTaken(answer)) event.waitUntil(sendKept())
  else await keep(sample)
  return answer ?? Response.error()
}

/** Not as the request that came: of a beacon's answer nobody sees the status. */
function post({ url, body }) {
  return fetch(url, { method: 'POST', body, keepalive: true }).catch(() => undefined)
}

/** What was refused for good is not sent again either. */
function isTaken(answer) {
  return answer !== undefined && answer.status < 500 && answer.status !== 429
}

async function keep({ url, body }) {
  const cache = await caches.open('kept')
  const name = `kept/${Date.now()}/${crypto.randomUUID()}`
  await cache.put(name, new Response(body, { headers: { 'sent-to': url } }))
  const kept = await cache.keys()
  for (const oldest of kept.slice(0, -KEPT_MAX)) await cache.delete(oldest)
}

let isSending = false

/** In the order in which they were kept, until one is not taken. */
async function sendKept() {
  if (isSending) return
  isSending = true
  try {
    const cache = await caches.open('kept')
    for (const name of await cache.keys()) {
      const kept = await cache.match(name)
      const answer = await post({ url: kept.headers.get('sent-to'), body: await kept.text() })
      if (!isTaken(answer)) return
      await cache.delete(name)
    }
  } finally {
    isSending = false
  }
}

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import staticFiles from '@fastify/static'
import type { FastifyReply } from 'fastify'
import type { App, Routes } from '#http'

/** Where `npm ci` has built them. */
const built = join(
  dirname(fileURLToPath(import.meta.resolve('@sluice/console/package.json'))),
  'dist',
)
/** Of /assets: their names change with what is in them. */
const ASSET_AGE_MS = 365 * 86_400_000
/** What vite.config.ts writes where a nonce belongs. */
const NONCE_PLACE = 'CSP_NONCE'
const NONCE_BYTES = 16

/**
 * The console at the root. Its pages are one document, which shows what the address says; so every address
 * that a browser asks for as a page gets it, but for those of the API.
 */
export function consolePages(directory = built): Routes {
  return async (app) => {
    await app.register(staticFiles, {
      root: join(directory, 'assets'),
      prefix: '/assets/',
      index: false,
      decorateReply: false,
      cacheControl: false,
      setHeaders: (reply) => {
        reply.header('cache-control', `public, max-age=${ASSET_AGE_MS / 1000}, immutable`)
        reply.header('cross-origin-resource-policy', 'same-origin')
      },
      schemaHide: true,
    })
    addPage(app, directory)
  }
}

function addPage(app: App, directory: string): void {
  const schema = { hide: true }
  app.get('/', { config: { bare: true }, schema }, (_request, reply) => sendPage(reply, directory))
  app.get('/*', { config: { bare: true }, schema }, (request, reply) => {
    const isPage = request.headers.accept?.includes('text/html') && !isOfApi(request.url)
    return isPage ? sendPage(reply, directory) : reply.callNotFound()
  })
}

function isOfApi(url: string): boolean {
  return /^\/v1(?:[/?]|$)/.test(url)
}

async function sendPage(reply: FastifyReply, directory: string): Promise<string> {
  const page = await readFile(join(directory, 'index.html'), 'utf8').catch(() => undefined)
  if (page === undefined) {
    reply.code(503).type('text/plain; charset=utf-8')
    return 'The console is not built. Run `npm ci` where Sluice lies; the API works without it.\n'
  }
  const nonce = randomBytes(NONCE_BYTES).toString('base64')
  reply.type('text/html; charset=utf-8').headers({
    'content-security-policy': policyWith(nonce),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  })
  return page.replaceAll(NONCE_PLACE, nonce)
}

/** The nonce is for the one style element that Mantine makes of the theme; nothing is loaded from elsewhere. */
function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '#database'
import { CallerError, invalidRequest } from '#errors'
import type { App, Routes } from '#http'
import { findLicenseByKey } from '#licenses'
import type { Sample, Samples } from '#samples'
import type { Telemetry } from '#telemetry'
import { readCollectorAd } from './collector-ad.ts'
import type { CollectorBody } from './collector-body.ts'
import { readCollectorError } from './collector-error.ts'
import { readCollectorSample } from './collector-sample.ts'
import { createEnrichment, type Enrich } from './enrichment.ts'
import { answerLicensing, type LicensingAnswer } from './licensing.ts'
import type { Locations } from './location.ts'
import { createRateLimit, type RateLimit, senderOf } from './rate-limit.ts'
import { objectOf, textOf } from './wire-values.ts'

const BODY_BYTES_MAX = 256 * 1024
const PREFLIGHT_SECONDS = 86_400
const NAME_LENGTH_MAX = 1024
/** What a refused request takes of an address's share: whoever sends garbage is soon not listened to. */
const REFUSED_COST = 20

export interface CollectorParts {
  database: Database
  samples: Pick<Samples, 'append' | 'appendAds' | 'appendErrorDetails'>
  telemetry: Pick<Telemetry, 'collectorBodyTaken'>
  locations: Pick<Locations, 'find'>
  limits: CollectorLimits
}

interface Kind {
  name: 'sample' | 'ad' | 'error'
  read(body: unknown): CollectorBody
  append: CollectorParts['samples']['append']
  enrich?: Enrich
}

export interface CollectorLimits {
  addresses: RateLimit
  licenses: RateLimit
}

/** In requests a second. */
export function createCollectorLimits(rates: {
  perAddress: number
  perLicense: number
}): CollectorLimits {
  const now = () => performance.now()
  return {
    addresses: createRateLimit(rates.perAddress, now),
    licenses: createRateLimit(rates.perLicense, now),
  }
}

/**
 * POST /licensing and POST /analytics, /analytics/a, /analytics/error, at the root, as players' collectors
 * send them: from any page, without a key in a header, as JSON under whatever content type or none.
 */
export function collectorRoutes(parts: CollectorParts): Routes {
  const { samples } = parts
  const enrich = createEnrichment(parts.locations)
  const kinds: Record<string, Kind> = {
    '/analytics': {
      name: 'sample',
      read: readCollectorSample,
      append: (license, rows) => samples.append(license, rows),
      enrich,
    },
    '/analytics/a': {
      name: 'ad',
      read: readCollectorAd,
      append: (license, rows) => samples.appendAds(license, rows),
      enrich,
    },
    '/analytics/error': {
      name: 'error',
      read: readCollectorError,
      append: (license, rows) => samples.appendErrorDetails(license, rows),
    },
  }
  return (app) => {
    acceptAnyType(app)
    allowAnyPage(app)
    limitAddresses(app, parts.limits)
    const options = { bodyLimit: BODY_BYTES_MAX, config: { bare: true }, schema: { hide: true } }
    for (const path of ['/licensing', ...Object.keys(kinds)])
      app.options(path, options, async (request, reply) => answerPreflight(request, reply))
    app.post('/licensing', options, async (request, reply) => {
      const sent = objectOf(request.body)
      if (sent === undefined)
        throw invalidRequest([{ field: 'body', text: 'must be a JSON object' }])
      const key = textOf(sent.key, NAME_LENGTH_MAX) ?? ''
      const domain = textOf(sent.domain, NAME_LENGTH_MAX) ?? undefined
      const license = await findLicenseByKey(parts.database, key)
      const answer = answerLicensing(license, { domain, doNotTrack: asksNotToBeTracked(request) })
      return send(reply, answer)
    })
    for (const [path, kind] of Object.entries(kinds))
      app.post(path, options, async (request, reply) => take({ ...parts, kind }, request, reply))
  }
}

/** Answers 204 when the row is durable, and when nobody wants it: then there is nothing to repeat. */
async function take(
  parts: CollectorParts & { kind: Kind },
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { kind } = parts
  const read = kind.read(request.body)
  if (read.kind === 'mistaken') throw invalidRequest(read.mistakes)
  const license = await findLicenseByKey(parts.database, read.licenseKey)
  const doNotTrack = asksNotToBeTracked(request)
  const domain = read.kind === 'row' ? read.domain : undefined
  const terms = license && (read.kind === 'row' ? license : { ...license, domains: [] })
  const answer = answerLicensing(terms, { domain, doNotTrack })
  if (answer.status === 'denied' || license === undefined) return send(reply, answer)
  refuseOver(parts.limits.licenses.take(license.licenseKey), 'This license')
  if (read.kind === 'row') await kind.append(license, [rowOf(kind, read.row, request)])
  const { unknownMembers } = read.kind === 'row' ? read : { unknownMembers: 0 }
  const outcome = read.kind === 'row' ? 'stored' : 'dropped'
  parts.telemetry.collectorBodyTaken({ kind: kind.name, outcome, unknownMembers })
  return reply.code(204).send()
}

function rowOf({ enrich }: Kind, row: Sample & Parameters<Enrich>[0], request: FastifyRequest) {
  if (enrich === undefined) return row
  const userAgent = textOf(objectOf(request.body)?.userAgent, NAME_LENGTH_MAX)
  return enrich(row, {
    userAgent: userAgent ?? request.headers['user-agent'] ?? '',
    address: addressOf(request),
  })
}

/** Collectors read the status out of the body; the code is for everyone else. */
function send(reply: FastifyReply, answer: LicensingAnswer) {
  return reply.code(answer.status === 'granted' ? 200 : 403).send(answer)
}

/** Before the body is read. What was refused in the end takes more than its share. */
function limitAddresses(app: App, limits: CollectorLimits): void {
  app.addHook('onRequest', async (request) => {
    refuseOver(limits.addresses.take(senderOf(addressOf(request))), 'This address')
  })
  app.addHook('onResponse', async (request, { statusCode }) => {
    if ([400, 403, 413].includes(statusCode))
      limits.addresses.charge(senderOf(addressOf(request)), REFUSED_COST)
  })
}

/** A socket that listens to both families writes an IPv4 address as ::ffff:203.0.113.7. */
function addressOf(request: FastifyRequest): string {
  return request.ip.replace(/^::ffff:(?=\d+\.)/i, '')
}

function refuseOver(over: { waitSeconds: number } | undefined, who: string): void {
  if (over === undefined) return
  throw new CallerError(
    'TOO_MANY_REQUESTS',
    `${who} sends more than this service takes from one.`,
    {
      retryAfterSeconds: over.waitSeconds,
    },
  )
}

/**
 * Which license a request is under stands in its body, so every page may send and read, and the license's
 * list of domains decides after. A beacon comes with credentials, for which a page must be named; there
 * are no cookies here that this would give away.
 */
function allowAnyPage(app: App): void {
  app.addHook('onRequest', async ({ headers: { origin } }, reply) => {
    reply.header('access-control-allow-origin', origin ?? '*').header('vary', 'origin')
    if (origin !== undefined) reply.header('access-control-allow-credentials', 'true')
  })
}

function answerPreflight(request: FastifyRequest, reply: FastifyReply) {
  return reply
    .headers({
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers':
        request.headers['access-control-request-headers'] ?? 'content-type',
      'access-control-max-age': PREFLIGHT_SECONDS,
    })
    .code(204)
    .send()
}

function asksNotToBeTracked(request: FastifyRequest): boolean {
  return request.headers.dnt === '1'
}

/** A beacon has no content type, and web collectors say text/plain. */
function acceptAnyType(app: App): void {
  const parse = app.getDefaultJsonParser('remove', 'remove')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, text, done) =>
    parse(request, String(text), done),
  )
}

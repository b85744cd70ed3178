import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '#database'
import { invalidRequest, TransientError } from '#errors'
import type { App, Routes } from '#http'
import { findLicenseByKey } from '#licenses'
import { plainAddressOf } from '#rate-limit'
import type { Samples } from '#samples'
import type { Telemetry } from '#telemetry'
import { readCollectorAd } from './collector-ad.ts'
import type { CollectorBody } from './collector-body.ts'
import {
  BODY_BYTES_MAX,
  type CollectorLimits,
  createBodyRoom,
  limitAddresses,
  limitWaiting,
  refuseOver,
} from './collector-bounds.ts'
import { readCollectorError } from './collector-error.ts'
import { readCollectorSample } from './collector-sample.ts'
import { createEnrichment, type Enrich, type Sender } from './enrichment.ts'
import { answerLicensing, answerUnseen, type LicensingAnswer } from './licensing.ts'
import type { Locations } from './location.ts'
import { objectOf, textOf } from './wire-values.ts'

const PREFLIGHT_SECONDS = 86_400
const NAME_LENGTH_MAX = 1024

interface CollectorParts {
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
    limitWaiting(app)
    const hold = createBodyRoom()
    const options = { bodyLimit: BODY_BYTES_MAX, config: { bare: true }, schema: { hide: true } }
    for (const path of ['/licensing', ...Object.keys(kinds)])
      app.options(path, options, async (request, reply) => answerPreflight(request, reply))
    app.post('/licensing', options, async (request, reply) => {
      const sent = objectOf(request.body)
      if (sent === undefined)
        throw invalidRequest([{ field: 'body', text: 'must be a JSON object' }])
      const key = textOf(sent.key, NAME_LENGTH_MAX) ?? ''
      const domain = textOf(sent.domain, NAME_LENGTH_MAX) ?? undefined
      const question = { domain, doNotTrack: asksNotToBeTracked(request) }
      const answer = await findLicenseByKey(parts.database, key).then(
        (license) => answerLicensing(license, question),
        (error: unknown) => {
          if (error instanceof TransientError) return answerUnseen(question)
          throw error
        },
      )
      return send(reply, answer)
    })
    for (const [path, kind] of Object.entries(kinds))
      app.post(path, options, async (request, reply) =>
        hold(request, () => take({ ...parts, kind }, request, reply)),
      )
  }
}

/** Answers 204 when the row is durable, and when nobody wants it: then there is nothing to repeat. */
async function take(
  parts: CollectorParts & { kind: Kind },
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { kind } = parts
  let read: CollectorBody | undefined = kind.read(request.body)
  if (read.kind === 'mistaken') throw invalidRequest(read.mistakes)
  const license = await findLicenseByKey(parts.database, read.licenseKey)
  const doNotTrack = asksNotToBeTracked(request)
  const domain = read.kind === 'row' ? read.domain : undefined
  const terms = license && (read.kind === 'row' ? license : { ...license, domains: [] })
  const answer = answerLicensing(terms, { domain, doNotTrack })
  if (answer.status === 'denied' || license === undefined) return send(reply, answer)
  refuseOver(parts.limits.licenses.take(license.licenseKey), 'This license')
  if (read.kind === 'row') kind.enrich?.(read.row, senderOf(request))
  const stored = read.kind === 'row' ? kind.append(license, [read.row]) : undefined
  const { unknownMembers } = read.kind === 'row' ? read : { unknownMembers: 0 }
  // Hundreds wait for one insert, and what they sent would be moved about in memory meanwhile.
  request.body = read = undefined
  await stored
  const outcome = stored === undefined ? 'dropped' : 'stored'
  parts.telemetry.collectorBodyTaken({ kind: kind.name, outcome, unknownMembers })
  return reply.code(204).send()
}

function senderOf(request: FastifyRequest): Sender {
  const userAgent = textOf(objectOf(request.body)?.userAgent, NAME_LENGTH_MAX)
  const header = request.headers['user-agent'] ?? ''
  return { userAgent: userAgent ?? header, address: plainAddressOf(request.ip) }
}

/** Collectors read the status out of the body; the code is for everyone else. */
function send(reply: FastifyReply, answer: LicensingAnswer) {
  return reply.code(answer.status === 'granted' ? 200 : 403).send(answer)
}

/**
 * Which license a request is under stands in its body, so every page may send and read, and the license's
 * list of domains decides after. A beacon comes with credentials, for which a page must be named; there
 * are no cookies here that this would give away.
 */
function allowAnyPage(app: App): void {
  app.addHook('onRequest', ({ headers: { origin } }, reply, done) => {
    reply.header('access-control-allow-origin', origin ?? '*').header('vary', 'origin')
    if (origin !== undefined) reply.header('access-control-allow-credentials', 'true')
    done()
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

/** A beacon has no content type, and web collectors say text/plain: whatever it is, it says nothing. */
function acceptAnyType(app: App): void {
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    raw.headers['content-type'] = undefined
    done()
  })
  const parse = app.getDefaultJsonParser('remove', 'remove')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, text, done) =>
    parse(request, String(text), done),
  )
}

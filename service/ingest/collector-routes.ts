import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '#database'
import { invalidRequest } from '#errors'
import type { App, Routes } from '#http'
import { findLicenseByKey } from '#licenses'
import type { Samples } from '#samples'
import { readCollectorSample } from './collector-sample.ts'
import { answerLicensing, type LicensingAnswer } from './licensing.ts'
import { objectOf, textOf } from './wire-values.ts'

const BODY_BYTES_MAX = 256 * 1024
const PREFLIGHT_SECONDS = 86_400
const NAME_LENGTH_MAX = 1024

export interface CollectorParts {
  database: Database
  samples: Pick<Samples, 'append'>
}

/**
 * POST /licensing and POST /analytics, at the root, as players' collectors send them: from any page,
 * without a key in a header, as JSON under whatever content type or none.
 */
export function collectorRoutes(parts: CollectorParts): Routes {
  return (app) => {
    acceptAnyType(app)
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('access-control-allow-origin', '*')
    })
    const options = { bodyLimit: BODY_BYTES_MAX, config: { bare: true }, schema: { hide: true } }
    for (const path of ['/licensing', '/analytics'])
      app.options(path, options, async (_request, reply) => answerPreflight(reply))
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
    app.post('/analytics', options, async (request, reply) => takeSample(parts, request, reply))
  }
}

/** Answers 204 when the sample is durable, and when nobody wants it: then there is nothing to repeat. */
async function takeSample(parts: CollectorParts, request: FastifyRequest, reply: FastifyReply) {
  const read = readCollectorSample(request.body)
  if (read.kind === 'mistaken') throw invalidRequest(read.mistakes)
  const license = await findLicenseByKey(parts.database, read.licenseKey)
  const doNotTrack = asksNotToBeTracked(request)
  const domain = read.kind === 'sample' ? read.domain : undefined
  const terms = license && (read.kind === 'sample' ? license : { ...license, domains: [] })
  const answer = answerLicensing(terms, { domain, doNotTrack })
  if (answer.status === 'denied' || license === undefined) return send(reply, answer)
  if (read.kind === 'sample') await parts.samples.append(license, [read.row])
  return reply.code(204).send()
}

/** Collectors read the status out of the body; the code is for everyone else. */
function send(reply: FastifyReply, answer: LicensingAnswer) {
  return reply.code(answer.status === 'granted' ? 200 : 403).send(answer)
}

function answerPreflight(reply: FastifyReply) {
  return reply
    .headers({
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': 'content-type',
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

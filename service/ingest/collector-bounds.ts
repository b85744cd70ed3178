/** What keeps players who send too much, too slowly or nonsense from the others: all of it bounded. */
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { CallerError, TransientError } from '#errors'
import type { App } from '#http'
import { createRateLimit, networkOf, type RateLimit } from '#rate-limit'

export const BODY_BYTES_MAX = 256 * 1024
/** Of all bodies that are being worked at. */
const BODIES_BYTES_MAX = 64 * 1024 * 1024
/** A sample is a few kilobytes: whoever takes longer holds a connection for nothing. */
const BODY_MS_MAX = 20_000
const LOOK_MS = 1_000
/** What a refused request takes of an address's share, in requests: whoever sends garbage is soon not listened to. */
const REFUSED_COST = 20

export interface CollectorLimits {
  addresses: RateLimit
  licenses: RateLimit
}

/** In requests a second. */
export function createCollectorLimits(
  rates: { perAddress: number; perLicense: number },
  nowMs = () => performance.now(),
): CollectorLimits {
  return {
    addresses: createRateLimit(rates.perAddress, nowMs),
    licenses: createRateLimit(rates.perLicense, nowMs),
  }
}

/** One before the body is read; what was refused in the end takes the rest of its cost. */
export function limitAddresses(app: App, limits: CollectorLimits): void {
  app.addHook('onRequest', (request, _reply, done) => {
    refuseOver(limits.addresses.take(networkOf(request.ip)), 'This address')
    done()
  })
  app.addHook('onResponse', (request, { statusCode }, done) => {
    if ([400, 403, 413].includes(statusCode))
      limits.addresses.charge(networkOf(request.ip), REFUSED_COST - 1)
    done()
  })
}

/** Throws TOO_MANY_REQUESTS. */
export function refuseOver(over: { waitSeconds: number } | undefined, who: string): void {
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
 * Ends a connection whose body does not arrive. All of them are looked through now and then: to set a timer
 * for each request takes longer than most of what else is done for it.
 */
export function limitWaiting(app: App): void {
  const sinceMs = new Map<IncomingMessage, number>()
  const looking = setInterval(() => {
    for (const [raw, ms] of sinceMs) {
      if (performance.now() - ms < BODY_MS_MAX) break
      sinceMs.delete(raw)
      if (!raw.complete) raw.destroy()
    }
  }, LOOK_MS).unref()
  app.addHook('onClose', async () => clearInterval(looking))
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    sinceMs.set(raw, performance.now())
    done()
  })
  app.addHook('preValidation', ({ raw }, _reply, done) => {
    sinceMs.delete(raw)
    done()
  })
  // What is refused before its body came is still waited for no longer than others.
  app.addHook('onResponse', ({ raw }, _reply, done) => {
    if (raw.complete) sinceMs.delete(raw)
    done()
  })
}

/** Carries out what is done with bodies, as long as there is room for them in memory. */
export function createBodyRoom() {
  let heldBytes = 0
  return async <Answer>(request: FastifyRequest, work: () => Promise<Answer>): Promise<Answer> => {
    const bytes = Number(request.headers['content-length'] ?? BODY_BYTES_MAX)
    if (heldBytes + bytes > BODIES_BYTES_MAX)
      throw new TransientError(
        'SAMPLES_UNAVAILABLE',
        'The service has as many bodies of players at hand as it holds.',
        { retryAfterSeconds: 5 },
      )
    heldBytes += bytes
    try {
      return await work()
    } finally {
      heldBytes -= bytes
    }
  }
}

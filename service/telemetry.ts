import { type DestinationStream, type Logger, pino } from 'pino'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { redact, redactMembers } from '#secret'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** One function per business event, which counts and logs together. Ids go to the log, never to labels. */
export interface Telemetry {
  readonly registry: Registry
  readonly log: Log
  requestAnswered(event: {
    method: string
    route: string
    statusCode: number
    durationMs: number
    requestId: string
  }): void
  /** A request met a fault of ours, or one that passes: nothing the caller could have avoided. */
  requestFailed(event: { requestId: string; error: unknown }): void
  close(): void
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30]

export function openTelemetry(options: {
  level: LogLevel
  destination?: DestinationStream
}): Telemetry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const log = pino(
    { level: options.level, base: null, serializers: { error: describeError } },
    options.destination ?? pino.destination(1),
  )
  const requests = new Histogram({
    name: 'sluice_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  })
  const failures = new Counter({
    name: 'sluice_request_failures_total',
    help: 'Requests that met a fault of ours',
    registers: [registry],
  })
  return {
    registry,
    log,
    requestAnswered: ({ durationMs, method, route, statusCode, requestId }) => {
      requests.observe({ method, route, status: statusCode }, durationMs / 1000)
      log.debug({ method, route, statusCode, durationMs, requestId }, 'request answered')
    },
    requestFailed: ({ requestId, error }) => {
      failures.inc()
      log.error({ requestId, error }, 'request failed')
    },
    close: () => registry.clear(),
  }
}

const CAUSES_MAX = 5

/** An error for the log, with its causes, and without anything that looks like a credential. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return redact(String(error))
  return {
    name: error.name,
    message: redact(error.message),
    ...('code' in error && { code: error.code }),
    ...('details' in error && { details: redactMembers(error.details) }),
    stack: redact(error.stack ?? ''),
    ...(error.cause !== undefined &&
      depth < CAUSES_MAX && { cause: describeError(error.cause, depth + 1) }),
  }
}

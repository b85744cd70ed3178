import { type DestinationStream, type Logger, pino } from 'pino'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import {
  CallerError,
  catalogue,
  OperatorError,
  OutputError,
  TransientError,
  whoseFault,
} from '#errors'
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
  /** A collector’s body was answered with success: its row is stored, or nobody wants it. */
  collectorBodyTaken(event: {
    kind: 'sample' | 'ad' | 'error'
    outcome: 'stored' | 'dropped'
    unknownMembers: number
  }): void
  exportTaskStarted(event: { taskId: string; files: number }): void
  exportFileDelivered(event: {
    taskId: string
    objectKey: string
    rows: number
    bytes: number
    /** From its first byte's way to S3 to its last one's confirmation. */
    durationMs: number
  }): void
  exportTaskFinished(event: { taskId: string }): void
  /** The task waits and is tried again: nobody has to act. */
  exportTaskPostponed(event: {
    taskId: string
    failures: number
    delayMs: number
    error: unknown
  }): void
  /** The task is in ERROR. Code INTERNAL is a fault of ours; an OperatorError is the operator's to mend. */
  exportTaskFailed(event: { taskId: string; code: string; error: unknown }): void
  exportTaskCancelled(event: { taskId: string }): void
  /** Another worker has taken the task over. */
  exportTaskLost(event: { taskId: string }): void
  /** Taking a task, or writing down how it ended, has failed. */
  exportWorkerFailed(event: { error: unknown }): void
  /** Windows of a schedule are overdue that were not before. */
  exportScheduleLate(event: {
    scheduleId: string
    startTime: string
    endTime: string
    lateMs: number
  }): void
  /** Hours of a schedule whose samples were not delivered before they were too old to be kept. */
  exportScheduleExpired(event: { scheduleId: string; startTime: string; endTime: string }): void
  /**
   * Looking at a schedule, or writing its latest.json, has failed; it is tried again. Or no task could be made for
   * hours of it.
   */
  exportScheduleFailed(event: { scheduleId: string | undefined; error: unknown }): void
  /** A clear verdict about a customer's role differs from the one before. */
  roleVerdictTurned(event: {
    outputId: string
    verdict: string
    why: string
    code: string | undefined
  }): void
  /** One attempt at a call of AWS, `OK` or its code. */
  awsCallEnded(event: {
    service: 'S3' | 'STS'
    operation: string
    code: string
    durationMs: number
  }): void
  /** One use of a customer's role has ended; its record has more. */
  roleUsed(event: { action: string; outcome: string }): void
  /** One attempt at a webhook's message. FAILED: no further one follows. */
  webhookAttempted(event: {
    webhookId: string
    deliveryId: string
    event: string
    status: 'PENDING' | 'DELIVERED' | 'FAILED'
    responseCode: number | undefined
    problem: string | undefined
    durationMs: number
  }): void
  close(): void
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30]

const FILE_BUCKETS_SECONDS = [0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800]

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
  const bodies = new Counter({
    name: 'sluice_collector_bodies_total',
    help: 'Bodies of collectors that were taken; dropped: beyond what a sane player sends',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  })
  const unknownMembers = new Counter({
    name: 'sluice_collector_unknown_members_total',
    help: 'Members of collectors’ bodies that no column is for',
    labelNames: ['kind'],
    registers: [registry],
  })
  const tasks = new Counter({
    name: 'sluice_export_tasks_total',
    help: 'What became of attempts at export tasks; code, and whose fault it is, only where one failed',
    labelNames: ['outcome', 'code', 'fault'],
    registers: [registry],
  })
  const files = new Counter({
    name: 'sluice_export_files_delivered_total',
    help: 'Files that export tasks have put into buckets',
    registers: [registry],
  })
  const fileBytes = new Counter({
    name: 'sluice_export_file_bytes_delivered_total',
    help: 'Bytes of the files that export tasks have put into buckets',
    registers: [registry],
  })
  const puts = new Histogram({
    name: 'sluice_export_file_put_duration_seconds',
    help: 'Time to put one file into its bucket',
    buckets: FILE_BUCKETS_SECONDS,
    registers: [registry],
  })
  const awsCalls = new Histogram({
    name: 'sluice_aws_call_duration_seconds',
    help: 'Attempts at calls of AWS, those too that are repeated, with what they ended in: OK or AWS’s code. Probes are meant to be refused: STS, AssumeRole, AccessDenied',
    labelNames: ['service', 'operation', 'code'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  })
  const roleUses = new Counter({
    name: 'sluice_role_uses_total',
    help: 'Uses of customers’ roles, as outputs record them; OPEN_SESSION is a session, new or renewed',
    labelNames: ['action', 'outcome'],
    registers: [registry],
  })
  const turns = new Counter({
    name: 'sluice_role_verdict_turns_total',
    help: 'Clear verdicts about customers’ roles that differed from the one before',
    labelNames: ['verdict'],
    registers: [registry],
  })
  const schedules = new Counter({
    name: 'sluice_export_schedule_events_total',
    help: 'How often an export schedule turned late, lost hours that expired, or could not be looked at; code, and whose fault it is, only then',
    labelNames: ['event', 'code', 'fault'],
    registers: [registry],
  })
  const webhooks = new Histogram({
    name: 'sluice_webhook_attempt_duration_seconds',
    help: 'Attempts at webhooks’ messages; PENDING: tried again later, FAILED: given up',
    labelNames: ['event', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  })
  startAtZero({ tasks, turns, schedules })
  awsCalls.zero({ service: 'STS', operation: 'AssumeRole', code: 'Throttling' })
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
    collectorBodyTaken: (event) => {
      const { kind, outcome } = event
      bodies.inc({ kind, outcome })
      if (event.unknownMembers > 0) unknownMembers.inc({ kind }, event.unknownMembers)
    },
    exportTaskStarted: (event) => {
      tasks.inc({ outcome: 'started', ...noFailure })
      log.info(event, 'export task started')
    },
    exportFileDelivered: (event) => {
      files.inc()
      fileBytes.inc(event.bytes)
      puts.observe(event.durationMs / 1000)
      log.debug(event, 'export file delivered')
    },
    exportTaskFinished: (event) => {
      tasks.inc({ outcome: 'finished', ...noFailure })
      log.info(event, 'export task finished')
    },
    exportTaskPostponed: (event) => {
      tasks.inc({ outcome: 'postponed', ...failureOf(codeOf(event.error)) })
      log.warn(event, 'export task postponed')
    },
    exportTaskFailed: (event) => {
      const failure = failureOf(event.code)
      tasks.inc({ outcome: 'failed', ...failure })
      log[failure.fault === 'sluice' ? 'error' : 'warn'](event, 'export task failed')
    },
    exportTaskCancelled: (event) => {
      tasks.inc({ outcome: 'cancelled', ...noFailure })
      log.info(event, 'export task cancelled')
    },
    exportTaskLost: (event) => {
      tasks.inc({ outcome: 'lost', ...noFailure })
      log.warn(event, 'export task lost to another worker')
    },
    exportWorkerFailed: (event) => {
      tasks.inc({ outcome: 'unsettled', ...failureOf(codeOf(event.error)) })
      log.error(event, 'export worker failed')
    },
    exportScheduleLate: (event) => {
      schedules.inc({ event: 'late', ...noFailure })
      log.warn(event, 'export schedule late')
    },
    exportScheduleExpired: (event) => {
      schedules.inc({ event: 'expired', ...noFailure })
      log.warn(event, 'export schedule hours expired')
    },
    exportScheduleFailed: (event) => {
      schedules.inc({ event: 'failed', ...failureOf(codeOf(event.error)) })
      log.warn(event, 'export schedule failed')
    },
    roleVerdictTurned: (event) => {
      turns.inc({ verdict: event.verdict })
      log[event.verdict === 'PASSED' ? 'info' : 'warn'](event, 'role verdict turned')
    },
    awsCallEnded: ({ service, operation, code, durationMs }) => {
      awsCalls.observe({ service, operation, code: labelOf(code) }, durationMs / 1000)
    },
    roleUsed: ({ action, outcome }) => roleUses.inc({ action, outcome: labelOf(outcome) }),
    webhookAttempted: (event) => {
      webhooks.observe({ event: event.event, status: event.status }, event.durationMs / 1000)
      log[event.status === 'FAILED' ? 'warn' : 'debug'](event, 'webhook attempted')
    },
    close: () => registry.clear(),
  }
}

/** A counter that is first seen at 1 has not risen, for Prometheus; so what alerts ask for is there from the start. */
function startAtZero(counters: Record<'tasks' | 'turns' | 'schedules', Counter>): void {
  const { tasks, turns, schedules } = counters
  const codes = Object.entries(catalogue)
  for (const [code, { kind }] of [...codes, ['INTERNAL', { kind: 'transient' }] as const]) {
    if (kind === 'caller') continue
    const failure = failureOf(code)
    tasks.inc({ outcome: 'failed', ...failure }, 0)
    if (kind === 'output') continue
    for (const outcome of ['postponed', 'unsettled']) tasks.inc({ outcome, ...failure }, 0)
    schedules.inc({ event: 'failed', ...failure }, 0)
  }
  for (const event of ['late', 'expired']) schedules.inc({ event, ...noFailure }, 0)
  for (const verdict of ['PASSED', 'FAILED']) turns.inc({ verdict }, 0)
}

/** What labels say where nothing failed. */
const noFailure = { code: '', fault: '' }

const failureOf = (code: string) => ({ code, fault: whoseFault(code) })

/** The catalogue's code, for a label; every other fault is INTERNAL. */
function codeOf(error: unknown): string {
  const isKnown =
    error instanceof CallerError ||
    error instanceof OutputError ||
    error instanceof OperatorError ||
    error instanceof TransientError
  return isKnown ? error.code : 'INTERNAL'
}

/** What another server calls its fault: a word of AWS's, or it could be anything and as many. */
function labelOf(code: string): string {
  return /^[A-Za-z][\w.]{0,63}$/.test(code) ? code : 'other'
}

const CAUSES_MAX = 5

/** An error for the log, with its causes, and without anything that looks like a credential. */
function describeError(error: unknown, depth = 0): unknown {
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

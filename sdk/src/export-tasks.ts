import { ConnectionError, ExportTaskError, ServiceError } from './errors.ts'
import type { components, operations } from './generated/openapi.ts'
import { listAll } from './pages.ts'
import { pause } from './pause.ts'
import type { Transport } from './transport.ts'

export type ExportTask = components['schemas']['AnalyticsExportTask']
export type ExportFile = components['schemas']['AnalyticsExportFile']
export type ExportLogEntry = components['schemas']['AnalyticsExportLogEntry']
export type NewExportTask = components['schemas']['NewAnalyticsExportTask']

export type ExportEstimate = components['schemas']['AnalyticsExportEstimate']
export type ExportTaskFilter = Omit<
  NonNullable<operations['listExportTasks']['parameters']['query']>,
  'offset' | 'limit'
>

const POLL_MS = 1_000
/** Answers in a row that only said that the service is busy. */
const FAILURES_MAX = 30
/** From the last good answer on: so long a service that restarts, or a network that is away, is waited for. */
const SILENCE_MS_MAX = 300_000
/** However long it asks to be left alone. */
const RETRY_AFTER_MS_MAX = 60_000

export interface WaitOptions {
  signal?: AbortSignal
  /** Between two looks. */
  pollMs?: number
  /** How long a service that has answered once may be away. */
  silenceMsMax?: number
  /** Called with the task at each look. */
  onProgress?(task: ExportTask): void
}

export function exportTasksOf({ api, result }: Transport) {
  const get = (id: string, signal: AbortSignal | null = null): Promise<ExportTask> =>
    result(api.GET('/v1/analytics/exports/{id}', { params: { path: { id } }, signal }))
  return {
    create: (body: NewExportTask): Promise<ExportTask> =>
      result(api.POST('/v1/analytics/exports', { body })),
    /** What it would hold and meet; nothing is started. */
    estimate: (body: NewExportTask): Promise<ExportEstimate> =>
      result(api.POST('/v1/analytics/exports/estimate', { body })),
    get: (id: string): Promise<ExportTask> => get(id),
    /** The newest first. */
    list: (filter: ExportTaskFilter = {}) =>
      listAll((page) =>
        result(api.GET('/v1/analytics/exports', { params: { query: { ...page, ...filter } } })),
      ),
    /** What is known of each file, in order, the manifest last. */
    listFiles: (id: string) =>
      listAll((query) =>
        result(api.GET('/v1/analytics/exports/{id}/files', { params: { path: { id }, query } })),
      ),
    /** What happened to it, in that order; the newest 500 entries. */
    listLog: (id: string) =>
      listAll((query) =>
        result(api.GET('/v1/analytics/exports/{id}/log', { params: { path: { id }, query } })),
      ),
    /** It stops within seconds; its state is CANCELLING until then. */
    cancel: (id: string): Promise<ExportTask> =>
      result(api.POST('/v1/analytics/exports/{id}/cancel', { params: { path: { id } } })),
    /** Of a task in ERROR, or a cancelled one: it delivers what is missing. */
    retry: (id: string): Promise<ExportTask> =>
      result(api.POST('/v1/analytics/exports/{id}/retry', { params: { path: { id } } })),
    /**
     * Resolves with the FINISHED task. Throws ExportTaskError, with its remedy, for one in ERROR or cancelled. A
     * service that was there and restarts meanwhile is waited for.
     */
    waitUntilFinished: async (id: string, options: WaitOptions = {}): Promise<ExportTask> => {
      const { signal, pollMs = POLL_MS, silenceMsMax = SILENCE_MS_MAX, onProgress } = options
      let answeredMs = Number.NEGATIVE_INFINITY
      for (let failures = 0; ; ) {
        signal?.throwIfAborted()
        const task = await get(id, signal).catch((error: unknown) => {
          signal?.throwIfAborted()
          const isSilent = error instanceof ConnectionError
          if (isSilent && performance.now() - answeredMs < silenceMsMax) return error
          failures += 1
          if (error instanceof ServiceError && failures < FAILURES_MAX) return error
          throw error
        })
        if (task instanceof ConnectionError) {
          await pause(pollMs, signal)
          continue
        }
        if (task instanceof ServiceError) {
          const askedMs = (task.retryAfterSeconds ?? 0) * 1000
          await pause(Math.max(pollMs, Math.min(askedMs, RETRY_AFTER_MS_MAX)), signal)
          continue
        }
        failures = 0
        answeredMs = performance.now()
        onProgress?.(task)
        if (task.status === 'FINISHED') return task
        if (task.status === 'ERROR') throw new ExportTaskError(id, task.error ?? unexplained)
        await pause(pollMs, signal)
      }
    },
  }
}

const unexplained = {
  code: 'ERROR',
  message: 'The export task ended in ERROR.',
  remedy: 'Ask the operator of the service.',
}

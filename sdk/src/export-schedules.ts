import type { components } from './generated/openapi.ts'
import { listAll } from './pages.ts'
import type { Transport } from './transport.ts'

type Schemas = components['schemas']
export type ExportSchedule = Schemas['AnalyticsExportSchedule']
export type NewExportSchedule = Schemas['NewAnalyticsExportSchedule']
export type ExportScheduleHour = Schemas['AnalyticsExportScheduleHour']

export function exportSchedulesOf({ api, result }: Transport) {
  const all = '/v1/analytics/export-schedules'
  const one = '/v1/analytics/export-schedules/{id}'
  const of = (id: string) => ({ params: { path: { id } } })
  return {
    create: (body: NewExportSchedule): Promise<ExportSchedule> => result(api.POST(all, { body })),
    get: (id: string): Promise<ExportSchedule> => result(api.GET(one, of(id))),
    /** The newest first. */
    list: () => listAll((query) => result(api.GET(all, { params: { query } }))),
    /** Name and description; all else is another schedule's. */
    rename: (id: string, body: Schemas['AnalyticsExportScheduleChange']): Promise<ExportSchedule> =>
      result(api.PATCH(one, { ...of(id), body })),
    /** No hour is lost: it catches up when it is resumed. */
    pause: (id: string): Promise<ExportSchedule> =>
      result(api.POST('/v1/analytics/export-schedules/{id}/pause', of(id))),
    resume: (id: string): Promise<ExportSchedule> =>
      result(api.POST('/v1/analytics/export-schedules/{id}/resume', of(id))),
    /** Hours before its start too, and those that have failed once more. */
    backfill: (
      id: string,
      body: Schemas['NewAnalyticsExportScheduleBackfill'],
    ): Promise<Schemas['AnalyticsExportScheduleBackfill']> =>
      result(api.POST('/v1/analytics/export-schedules/{id}/backfill', { ...of(id), body })),
    /** Every hour that is due, the newest first, with what became of it. */
    listHours: (id: string) =>
      listAll((query) =>
        result(
          api.GET('/v1/analytics/export-schedules/{id}/hours', { params: { path: { id }, query } }),
        ),
      ),
    /** Its export tasks go on, and its files stay. */
    delete: async (id: string): Promise<void> => {
      await result(api.DELETE(one, of(id)))
    },
  }
}

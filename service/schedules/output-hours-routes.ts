import { Type } from 'typebox'
import {
  type App,
  checkHourWindow,
  formatInstant,
  HourWindow,
  hoursAnsweredMax,
  Instant,
  parseInstant,
} from '#http'
import { hourStatuses } from './judge-hour.ts'
import { listOutputHours } from './output-hours.ts'

const Hours = Type.Object(
  {
    hours: Type.Array(
      Type.Object({
        startTime: Instant,
        status: Type.Enum([...hourStatuses], {
          description:
            'The worst of all that is written of the hour. FAILED: an export of it has failed and none has ' +
            'delivered it. EXPIRED: a schedule owed it, and its samples reached the end of their retention before. ' +
            'LATE: a schedule owes it, and its window has been over for an hour. UNDERWAY: a ' +
            'task has it. WAITING: a schedule will export it. DELIVERED: it is in the bucket. EMPTY: so too, ' +
            'without a row. MISSING: nobody exports it, though hours around it were, or a paused schedule ' +
            'would. NONE: nobody exports it.',
        }),
        rows: Type.Integer(),
        bytes: Type.Integer(),
        files: Type.Integer({ description: 'In the bucket, later revisions too.' }),
        exportTaskIds: Type.Array(Type.String(), { description: 'The newest first; at most 10.' }),
      }),
    ),
  },
  { title: 'AnalyticsS3RoleBasedOutputHours' },
)

/** …/outputs/s3-role-based/{id}/hours. */
export function addOutputHours(app: App): void {
  app.get(
    '/analytics/outputs/s3-role-based/:id/hours',
    {
      schema: {
        operationId: 'listS3RoleBasedOutputHours',
        summary: 'Say of each hour of a window whether it is in the bucket, and why not',
        description: `Hours until now, in order; at most ${hoursAnsweredMax} (100 days).`,
        tags: ['Outputs'],
        params: Type.Object({ id: Type.String() }),
        querystring: HourWindow,
        response: { 200: Hours },
      },
    },
    async ({ caller, params, query }) => {
      const window = checkHourWindow({
        start: parseInstant(query.start),
        end: parseInstant(query.end),
      })
      const found = await listOutputHours(caller.scope, params.id, window)
      return {
        hours: found.map(({ start, taskIds, ...hour }) => ({
          startTime: formatInstant(start),
          ...hour,
          exportTaskIds: taskIds,
        })),
      }
    },
  )
}

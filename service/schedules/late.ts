import { sql } from 'kysely'
import type { Database } from '#database'
import { SAMPLES_EXPIRED } from './hours.ts'
import { lateBefore } from './plan.ts'

/** Schedules that have a late hour. */
interface LateSchedules {
  /** Of what keeps the hour from the bucket; empty: it waits, or is under way. */
  code: string
  count: number
  /** Since when the one is late that is so for longest. */
  since: Date
}

/** Of all organizations. A schedule counts once for each code that its late hours have. */
export async function readLate(database: Database, now: Date): Promise<LateSchedules[]> {
  const { rows } = await sql<LateSchedules>`
    select count(distinct schedule.id) as count, min(schedule.late_since) as since,
      case when hour.is_asked_again then ''
        when task.status = 'CANCELLED' then 'CANCELLED'
        else coalesce(hour.error_code, task.error_code, '') end as code
    from export_schedules schedule
    left join export_schedule_hours hour on hour.schedule_id = schedule.id
      and hour.start_time >= schedule.complete_until and hour.window_end < ${lateBefore(now)}
      and hour.number = 1 and not hour.is_backfill
      and hour.error_code is distinct from ${SAMPLES_EXPIRED}
    left join export_tasks task on task.id = hour.task_id
    where schedule.late_since is not null and schedule.status = 'ACTIVE' and schedule.deleted_at is null
      and task.status is distinct from 'FINISHED'
    group by 3`.execute(database.db)
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}

import { sql } from 'kysely'
import type { Database, OrganizationId } from '#database'
import { unfinishedStates } from './status.ts'
import { SILENCE_MS_MAX } from './workers.ts'

/**
 * Whose turn it is. A share is a root organization's, with all that are below it: who makes many of those gets no
 * more. It is the turn of the root with the fewest tasks under way, and of those of the one that has waited longest
 * for a turn; below it the same again between its organizations. A task that has its lane for long gives it back
 * between two files, when a root with fewer under way waits for one: so nobody waits for another's whole export.
 */

/** Of all workers together. Claims of the same instant may go beyond it by one another. */
export interface TasksAtOnce {
  perBucket: number
  perRole: number
}

/** A task sends up to a dozen requests at once; a role that many share is asked by STS for each. */
const tasksAtOnceDefault: TasksAtOnce = { perBucket: 8, perRole: 8 }

const states = sql.join(unfinishedStates.map((state) => sql.lit(state)))
const rootOf = (organization: string) =>
  sql`coalesce(${sql.ref(`${organization}.parent_id`)}, ${sql.ref(`${organization}.id`)})`

/** A claimable task, `task`, of an organization, `own`, beside what is under way. One to be ended passes any limit. */
function claimable(now: Date, tasksAtOnce: TasksAtOnce) {
  const underway = (column: string) => sql`(select ${sql.ref(column)}, count(*) as tasks from (
    select held.*, ${rootOf('holder')} as root_id from export_tasks held
    join organizations holder on holder.id = held.organization_id
    where held.status in (${states}) and held.lease_until > ${now}) held group by 1)`
  return sql`export_tasks task
    join organizations own on own.id = task.organization_id
    left join ${underway('root_id')} of_root on of_root.root_id = ${rootOf('own')}
    left join ${underway('organization_id')} of_own on of_own.organization_id = own.id
    left join ${underway('bucket_name')} bucket on bucket.bucket_name = task.bucket_name
    left join ${underway('role_arn')} role on role.role_arn = task.role_arn
    left join export_turns root_turn on root_turn.organization_id = ${rootOf('own')}
    left join export_turns turn on turn.organization_id = own.id
    where task.status in (${states}) and task.available_at <= ${now}
      and (task.lease_until is null or task.lease_until <= ${now})
      and (task.status = 'CANCELLING' or (coalesce(bucket.tasks, 0) < ${tasksAtOnce.perBucket}
        and coalesce(role.tasks, 0) < ${tasksAtOnce.perRole}))`
}

/** The next task to take, and whether a claim of it is there that nobody has ended; locked. */
export function nextTask(now: Date, { tasksAtOnce = tasksAtOnceDefault, onlyCancelling = false }) {
  return sql<{ id: string; is_taken_over: boolean }>`(
    select task.id, task.lease_id is not null as is_taken_over from ${claimable(now, tasksAtOnce)}
      ${onlyCancelling ? sql`and task.status = 'CANCELLING'` : sql``}
    order by task.status = 'CANCELLING' desc,
      coalesce(of_root.tasks, 0), root_turn.root_claimed_at nulls first,
      coalesce(of_own.tasks, 0), turn.claimed_at nulls first, task.available_at, task.created_at
    limit 1 for update of task skip locked)`
}

/** The organization, and the root that it is below of, have had a turn. */
export async function recordTurn(
  { db }: Pick<Database, 'db'>,
  organizationId: OrganizationId,
  now: Date,
): Promise<void> {
  await sql`insert into export_turns (organization_id, claimed_at) values (${organizationId}, ${now})
    on conflict (organization_id) do update set claimed_at = excluded.claimed_at`.execute(db)
  await sql`insert into export_turns (organization_id, root_claimed_at)
    select ${rootOf('own')}, ${now} from organizations own where own.id = ${organizationId}
    on conflict (organization_id) do update set root_claimed_at = excluded.root_claimed_at`.execute(
    db,
  )
}

/**
 * Whether a lane of the organization's is to be given back: none is free, and of another root, which has fewer under
 * way, a task waits that could begin.
 */
export async function isLaneWanted(
  { db }: Pick<Database, 'db'>,
  organizationId: OrganizationId,
  now: Date,
): Promise<boolean> {
  const aliveSince = new Date(now.getTime() - SILENCE_MS_MAX)
  const { rows } = await sql<{ wanted: boolean }>`
    with mine as (
      select ${rootOf('own')} as root_id from organizations own where own.id = ${organizationId}),
    held as (
      select ${rootOf('holder')} as root_id from export_tasks task
      join organizations holder on holder.id = task.organization_id
      where task.status in ('QUEUED', 'STARTED') and task.lease_until > ${now})
    select (select count(*) from held)
        >= (select coalesce(sum(concurrency), 0) from workers where seen_at >= ${aliveSince})
      and exists (select from ${claimable(now, tasksAtOnceDefault)} and task.end_time <= ${now}
        and ${rootOf('own')} <> (select root_id from mine)
        and coalesce(of_root.tasks, 0) < (select count(*) from held join mine using (root_id))
      ) as wanted`.execute(db)
  return rows[0]?.wanted === true
}

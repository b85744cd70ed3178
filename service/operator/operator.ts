/**
 * What the operator of Sluice sees of all organizations together: who works, what waits, and whose outputs
 * fail. Nobody else gets in here.
 */
import { sql } from 'kysely'
import type { Database, OrganizationId } from '#database'
import { askedAt } from '#exports'

export { operatorRoutes } from './routes.ts'

export interface OrganizationQueue {
  organizationId: OrganizationId
  organizationName: string
  queued: number
  started: number
  /** Since when the oldest of those that nobody has begun waits. */
  oldestQueuedAt: Date | undefined
}

/** Of every organization that has tasks which are not over; the longest wait first. */
export async function readQueues(database: Database): Promise<OrganizationQueue[]> {
  const rows = await database.db
    .selectFrom('export_tasks')
    .innerJoin('organizations', 'organizations.id', 'export_tasks.organization_id')
    .select(['organizations.id', 'organizations.name'])
    .select([
      sql<number>`count(*) filter (where status = 'QUEUED')`.as('queued'),
      sql<number>`count(*) filter (where status <> 'QUEUED')`.as('started'),
      sql<Date | null>`min(${askedAt}) filter (where status = 'QUEUED')`.as('oldest'),
    ])
    .where('status', 'in', ['QUEUED', 'STARTED', 'CANCELLING'])
    .groupBy(['organizations.id', 'organizations.name'])
    .orderBy(sql`oldest nulls last`)
    .limit(QUEUES_MAX)
    .execute()
  return rows.map((row) => ({
    organizationId: row.id,
    organizationName: row.name,
    queued: Number(row.queued),
    started: Number(row.started),
    oldestQueuedAt: row.oldest ?? undefined,
  }))
}

const QUEUES_MAX = 1000

export interface FailingOutput {
  outputId: string
  name: string | undefined
  bucketName: string
  roleArn: string
  organizationId: OrganizationId
  organizationName: string
  /** The role lets Sluice in wrongly, or not at all. */
  role: { code: string; since: Date } | undefined
  /** The last task that has ended did so in ERROR. */
  task: { id: string; code: string; endedAt: Date } | undefined
  /** An hour of one of its schedules is overdue since then. */
  lateSince: Date | undefined
}

interface FailingRow {
  id: string
  name: string | null
  bucket_name: string
  role_arn: string
  organization_id: OrganizationId
  organization_name: string
  role_code: string | null
  role_since: Date | null
  task_id: string | null
  task_code: string | null
  task_ended_at: Date | null
  late_since: Date | null
}

/** Those through which nothing arrives as it should, by organization. */
export async function pageFailingOutputs(
  { db }: Database,
  page: { offset: number; limit: number },
): Promise<{ items: FailingOutput[]; totalCount: number }> {
  const failing = sql`
    from outputs
    join organizations on organizations.id = outputs.organization_id
    left join lateral (
      select code, since from role_verdicts
      where organization_id = outputs.organization_id and output_id = outputs.id
        and external_id = outputs.external_id and verdict = 'FAILED'
      order by since desc limit 1) role on true
    left join lateral (
      select id, status, error_code, finished_at from export_tasks
      where organization_id = outputs.organization_id and output_id = outputs.id
        and status in ('FINISHED', 'ERROR')
      order by finished_at desc limit 1) task on task.status = 'ERROR'
    left join lateral (
      select min(late_since) as since from export_schedules
      where organization_id = outputs.organization_id and output_id = outputs.id
        and status = 'ACTIVE' and deleted_at is null) late on true
    where outputs.deleted_at is null
      and (role.since is not null or task.id is not null or late.since is not null)`
  const { rows } = await sql<FailingRow>`
    select outputs.id, outputs.name, outputs.bucket_name, outputs.role_arn, outputs.organization_id,
      organizations.name as organization_name, role.code as role_code, role.since as role_since,
      task.id as task_id, task.error_code as task_code, task.finished_at as task_ended_at,
      late.since as late_since
    ${failing}
    order by organizations.name, outputs.created_at, outputs.id
    limit ${page.limit} offset ${page.offset}`.execute(db)
  const counted = await sql<{ count: number }>`select count(*) as count ${failing}`.execute(db)
  return { items: rows.map(failingOf), totalCount: Number(counted.rows[0]?.count ?? 0) }
}

function failingOf(row: FailingRow): FailingOutput {
  const { role_code, role_since, task_id, task_code, task_ended_at } = row
  return {
    outputId: row.id,
    name: row.name ?? undefined,
    bucketName: row.bucket_name,
    roleArn: row.role_arn,
    organizationId: row.organization_id,
    organizationName: row.organization_name,
    role: role_since === null ? undefined : { code: role_code ?? '', since: role_since },
    task:
      task_id === null || task_ended_at === null
        ? undefined
        : { id: task_id, code: task_code ?? '', endedAt: task_ended_at },
    lateSince: row.late_since ?? undefined,
  }
}

import { type Selectable, sql, type Updateable } from 'kysely'
import { isUuid, type OrganizationScope, readPage } from '#database'
import type { ExportTask, NewExportTask } from './exports.ts'
import type { PlannedFile } from './plan.ts'
import type { ExportTaskRow } from './rows.ts'
import { progressOf, statusOf, type TaskState, waitOf } from './status.ts'
import { cancelledError } from './task-error.ts'

/** Until the transaction ends, nobody else of this organization takes keys of the bucket. */
export async function lockBucket(tx: OrganizationScope, bucketName: string): Promise<void> {
  await tx
    .insertInto('export_buckets', { bucket_name: bucketName })
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'bucket_name'])
        .doUpdateSet((eb) => ({ bucket_name: eb.ref('excluded.bucket_name') })),
    )
    .execute()
}

export interface KeyOwner {
  object_key: string
  task_id: string
  definition: string
  /** Another task, which has not failed, has delivered the object too. */
  is_shared: boolean
}

/**
 * Whose the keys are. A key belongs to the task that took it last; one that ended before it sent anything gave
 * its keys back, but for those it was to replace.
 */
export function listKeyOwners(
  tx: OrganizationScope,
  wanted: { bucketName: string; keys: string[] },
): Promise<KeyOwner[]> {
  return tx
    .selectFrom('export_files')
    .innerJoin('export_tasks', (join) =>
      join
        .onRef('export_tasks.id', '=', 'export_files.task_id')
        .onRef('export_tasks.organization_id', '=', 'export_files.organization_id'),
    )
    .distinctOn('export_files.object_key')
    .select(['export_files.object_key', 'export_files.task_id', 'export_tasks.definition'])
    .select(
      sql<boolean>`exists (select from export_files other
        join export_tasks task on task.id = other.task_id
        where other.organization_id = export_files.organization_id
          and other.bucket_name = export_files.bucket_name
          and other.object_key = export_files.object_key
          and other.task_id <> export_files.task_id
          and other.delivered_at is not null
          and task.status not in ('ERROR', 'CANCELLED'))`.as('is_shared'),
    )
    .where('export_files.bucket_name', '=', wanted.bucketName)
    .where('export_files.object_key', 'in', wanted.keys)
    .where((eb) =>
      eb.or([
        eb('export_tasks.status', 'not in', ['ERROR', 'CANCELLED']),
        eb('export_files.claimed_at', 'is not', null),
        eb('export_files.replaces', '=', true),
      ]),
    )
    .orderBy('export_files.object_key')
    .orderBy('export_tasks.created_at', 'desc')
    .execute()
}

type TaskToInsert = Omit<NewExportTask, 'columns'> & {
  id: string
  licenseKeys: string[]
  columns: string[]
  createdAt: Date
  definition: string
  bucketName: string
  roleArn: string
}

export async function insertTask(tx: OrganizationScope, task: TaskToInsert): Promise<void> {
  await tx
    .insertInto('export_tasks', {
      id: task.id,
      name: task.name,
      description: task.description ?? null,
      license_key: task.licenseKey,
      license_keys: JSON.stringify(task.licenseKeys),
      output_id: task.outputId,
      output_path: task.outputPath,
      bucket_name: task.bucketName,
      role_arn: task.roleArn,
      overwrite: task.overwrite,
      type: task.type,
      columns: JSON.stringify(task.columns),
      file_format: task.fileFormat,
      compression: task.compression,
      layout: task.layout,
      file_number: task.fileNumber,
      start_time: task.window.start,
      end_time: task.window.end,
      definition: task.definition,
      status: 'QUEUED',
      created_at: task.createdAt,
      available_at: task.createdAt,
    })
    .execute()
}

export async function insertFiles(
  tx: OrganizationScope,
  planned: {
    taskId: string
    bucketName: string
    files: PlannedFile[]
    /** Keys whose objects may be replaced. */
    replaced: ReadonlySet<string>
  },
): Promise<void> {
  const rows = planned.files.map(({ position, objectKey, window }) => ({
    task_id: planned.taskId,
    position,
    bucket_name: planned.bucketName,
    object_key: objectKey,
    start_time: window?.start ?? null,
    end_time: window?.end ?? null,
    replaces: planned.replaced.has(objectKey),
  }))
  await tx.insertInto('export_files', rows).execute()
}

/** The task's row, which nobody else changes until the transaction ends. */
export function lockTask(
  tx: OrganizationScope,
  id: string,
): Promise<Selectable<ExportTaskRow> | undefined> {
  return tx
    .selectFrom('export_tasks')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
}

/** A change that is no worker's: the row is locked. */
export async function changeTask(
  tx: OrganizationScope,
  id: string,
  change: Updateable<ExportTaskRow>,
): Promise<void> {
  await tx.updateTable('export_tasks').set(change).where('id', '=', id).execute()
}

export async function findTask(
  scope: OrganizationScope,
  id: string,
): Promise<ExportTask | undefined> {
  const row = await selectTasks(scope).where('export_tasks.id', '=', id).executeTakeFirst()
  return row && taskOf(row, scope.clock.now())
}

/** Which tasks are wanted; an absent member asks for any. */
export interface TaskFilter {
  state?: TaskState | undefined
  outputId?: string | undefined
  licenseKey?: string | undefined
  /** Half-open. */
  createdFrom?: Date | undefined
  createdTo?: Date | undefined
}

export async function pageTasks(
  scope: OrganizationScope,
  page: { offset: number; limit: number },
  filter: TaskFilter,
): Promise<{ items: ExportTask[]; totalCount: number }> {
  const { state, outputId, licenseKey, createdFrom, createdTo } = filter
  // What is no id is nobody's.
  if (![outputId, licenseKey].every((id) => id === undefined || isUuid(id)))
    return { items: [], totalCount: 0 }
  let query = selectTasks(scope).orderBy('created_at', 'desc').orderBy('id')
  if (state !== undefined) query = query.where('status', '=', state)
  if (outputId !== undefined) query = query.where('output_id', '=', outputId)
  if (licenseKey !== undefined) query = query.where('license_key', '=', licenseKey)
  if (createdFrom !== undefined) query = query.where('created_at', '>=', createdFrom)
  if (createdTo !== undefined) query = query.where('created_at', '<', createdTo)
  const { rows, totalCount } = await readPage(query, page)
  const now = scope.clock.now()
  return { items: rows.map((row) => taskOf(row, now)), totalCount }
}

function selectTasks(scope: OrganizationScope) {
  return scope
    .selectFrom('export_tasks')
    .selectAll('export_tasks')
    .select([
      sql<number>`(select count(*) from export_files where task_id = export_tasks.id)`.as(
        'files_total',
      ),
      sql<number>`(select count(delivered_at) from export_files where task_id = export_tasks.id)`.as(
        'files_delivered',
      ),
    ])
}

function taskOf(
  row: Selectable<ExportTaskRow> & { files_total: number; files_delivered: number },
  now: Date,
): ExportTask {
  const window = { start: row.start_time, end: row.end_time }
  const task = {
    id: row.id,
    name: row.name,
    description: row.description ?? undefined,
    licenseKey: row.license_key,
    licenseKeys: row.license_keys,
    outputId: row.output_id,
    outputPath: row.output_path,
    overwrite: row.overwrite,
    type: row.type,
    columns: row.columns,
    fileFormat: row.file_format,
    compression: row.compression,
    layout: row.layout,
    fileNumber: row.file_number,
    window,
    waitsFor: waitOf({ state: row.status, window }, now),
    progress: progressOf({ delivered: row.files_delivered, total: row.files_total }),
    createdAt: row.created_at,
    attempts: row.attempts,
    state: row.status,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
  }
  const status = statusOf(row.status)
  if (status !== 'ERROR') return { ...task, status }
  if (row.status === 'CANCELLED') return { ...task, status, error: cancelledError(row.id) }
  const { error_code: code, error_message: message, error_remedy: remedy } = row
  return {
    ...task,
    status,
    error: { code: code ?? 'INTERNAL', message: message ?? '', remedy: remedy ?? '' },
  }
}

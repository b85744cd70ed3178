/**
 * Export tasks: one request to put one window of a license's samples into an output, a file per hour and
 * a manifest last. This door creates and shows tasks; the worker behind it carries them out.
 */
import { randomUUID } from 'node:crypto'
import { isUuid, type OrganizationScope } from '#database'
import { CallerError, invalidRequest, notFound } from '#errors'
import { getLicenses, type License } from '#licenses'
import { getOutput, type S3RoleBasedOutput } from '#outputs'
import { resolveColumns, type SampleType, type Window } from '#samples'
import { pageFiles, type TaskFile } from './files.ts'
import { type LogEntry, pageLog } from './log.ts'
import {
  definitionOf,
  type ExportContent,
  keyPrefixOf,
  type Layout,
  longestKeyBytes,
  objectKeyBytesMax,
  planFiles,
} from './plan.ts'
import type { TaskState, TaskStatus } from './status.ts'
import type { TaskError } from './task-error.ts'
import {
  changeTask,
  findTask,
  insertFiles,
  insertTask,
  type KeyOwner,
  listKeyOwners,
  lockBucket,
  lockTask,
  pageTasks,
  type TaskFilter,
} from './tasks.ts'

export { cancelExportTask } from './cancel-task.ts'
export { contentAnswer, contentBody, readContent, writeContent } from './content.ts'
export { findHoldingFiles, type HeldRows, type HoldingFile } from './holding-files.ts'
export { mistakesOfContent } from './mistakes.ts'
export { besideFiles, type ExportContent, hoursOf } from './plan.ts'
export { askedAt, readQueue } from './queue.ts'
export { retryExportTask } from './retry-task.ts'
export { exportRoutes } from './routes.ts'
export { cancelledError } from './task-error.ts'
export { startWorker, type WorkerDeps, type WorkerOptions } from './worker.ts'
export { listWorkers, type WorkerState } from './workers.ts'

export interface NewExportTask extends ExportContent {
  name: string
  description: string | undefined
  window: Window
  outputId: string
  outputPath: string
  /** Replace what lies under the task's keys, whoever wrote it. */
  overwrite: boolean
  /** 1, but for the file of an hour that has one already and got other samples since. */
  fileNumber: number
}

interface AnyTask extends Omit<NewExportTask, 'columns'> {
  id: string
  /** Whose samples the files hold, in the order of the rows. */
  licenseKeys: string[]
  columns: string[]
  state: TaskState
  /** For people; of one that is QUEUED while its last hour is open. */
  waitsFor: string | undefined
  /** How often a worker has begun to deliver it. */
  attempts: number
  /** Integer percent. */
  progress: number
  createdAt: Date
  startedAt: Date | undefined
  finishedAt: Date | undefined
}

export type ExportTask = AnyTask &
  ({ status: Exclude<TaskStatus, 'ERROR'> } | { status: 'ERROR'; error: TaskError })

/**
 * Stores a task and its planned files, to be carried out by a worker. `inPlaceOf` is a task that has failed or
 * was cancelled: of the objects in the bucket, those that it sent are replaced, and it is never retried. Throws
 * NOT_FOUND for an output or a license of someone else, CONFLICT when keys belong to a task with another definition.
 */
export async function createExportTask(
  scope: OrganizationScope,
  input: NewExportTask,
  { inPlaceOf }: { inPlaceOf?: string | undefined } = {},
): Promise<ExportTask> {
  const { task, output, files, definition } = await planExport(scope, input)
  await scope.transaction(async (tx) => {
    if (inPlaceOf !== undefined) await refuseUnended(tx, inPlaceOf)
    const { bucketName, roleArn } = output
    await lockBucket(tx, bucketName)
    const keys = files.map(({ objectKey }) => objectKey)
    const replaced = task.overwrite
      ? new Set<string>()
      : await refuseTakenKeys(tx, { bucketName, keys, definition, inPlaceOf })
    await insertTask(tx, { ...task, bucketName, roleArn, definition })
    await insertFiles(tx, { taskId: task.id, bucketName, files, replaced })
    if (inPlaceOf !== undefined) await changeTask(tx, inPlaceOf, { replaced_by: task.id })
  })
  return getExportTask(scope, task.id)
}

/** Throws CONFLICT. The task's row is locked. */
async function refuseUnended(tx: OrganizationScope, id: string): Promise<void> {
  const task = await lockTask(tx, id)
  if (task?.status === 'ERROR' || task?.status === 'CANCELLED') return
  throw new CallerError(
    'CONFLICT',
    `The export task ${id} has not failed: nothing takes its place.`,
  )
}

/** A task as it would be stored, with its files. Throws as `resolveExport` does. */
export async function planExport(scope: OrganizationScope, input: NewExportTask) {
  const { licenses, output, columns, keyPrefix } = await resolveExport(scope, input)
  const task = {
    ...input,
    id: randomUUID(),
    licenseKey: input.licenseKey.toLowerCase(),
    licenseKeys: licenses.map(({ licenseKey }) => licenseKey).sort(),
    columns,
    createdAt: scope.clock.now(),
  }
  const files = planFiles({ ...task, keyPrefix })
  const definition = definitionOf(task)
  return { task, output, files, definition }
}

export async function getExportTask(scope: OrganizationScope, id: string): Promise<ExportTask> {
  const task = isUuid(id) ? await findTask(scope, id) : undefined
  if (task === undefined) throw notFound('export task', id)
  return task
}

/** The newest first. */
export function listExportTasks(
  scope: OrganizationScope,
  { offset, limit, ...filter }: { offset: number; limit: number } & TaskFilter,
): Promise<{ items: ExportTask[]; totalCount: number }> {
  return pageTasks(scope, { offset, limit }, filter)
}

/** Of a task's files what is known of each, in order, the manifest last. Throws NOT_FOUND. */
export async function listExportFiles(
  scope: OrganizationScope,
  id: string,
  page: { offset: number; limit: number },
): Promise<{ items: TaskFile[]; totalCount: number }> {
  await getExportTask(scope, id)
  return pageFiles(scope, id, page)
}

/** What happened to a task, in that order. Throws NOT_FOUND. */
export async function listExportLog(
  scope: OrganizationScope,
  id: string,
  page: { offset: number; limit: number },
): Promise<{ items: LogEntry[]; totalCount: number }> {
  await getExportTask(scope, id)
  return pageLog(scope, id, page)
}

/**
 * What an export stands on, found and checked. Throws NOT_FOUND for an output or a license of someone else,
 * INVALID_REQUEST for columns or keys that cannot be.
 */
export async function resolveExport(
  scope: OrganizationScope,
  input: Pick<
    NewExportTask,
    'licenseKey' | 'outputId' | 'outputPath' | 'type' | 'columns' | 'layout'
  >,
): Promise<{
  licenses: Pick<License, 'id' | 'licenseKey'>[]
  output: S3RoleBasedOutput
  columns: string[]
  keyPrefix: string
}> {
  const [licenses, output] = await Promise.all([
    getLicenses(scope, input.licenseKey),
    getOutput(scope, input.outputId),
  ])
  const keyPrefix = keyPrefixOf(output.pathPrefix, input.outputPath)
  refuseLongKeys({ keyPrefix, layout: input.layout })
  return { licenses, output, columns: columnNames(input.columns, input.type), keyPrefix }
}

/** The names as the file will have them. Throws INVALID_REQUEST that names what is unknown. */
function columnNames(names: string[] | undefined, type: SampleType): string[] {
  const resolved = resolveColumns(names, type)
  if ('columns' in resolved) return resolved.columns.map(({ name }) => name)
  const text = `names unknown columns: ${resolved.unknown.join(', ')}`
  throw invalidRequest([{ field: 'columns', text }])
}

function refuseLongKeys(place: { keyPrefix: string; layout: Layout }): void {
  const bytes = longestKeyBytes(place)
  if (bytes <= objectKeyBytesMax) return
  const text =
    `makes object keys of ${bytes} bytes together with the output’s pathPrefix; S3 takes ` +
    `${objectKeyBytesMax}`
  throw invalidRequest([{ field: 'output.outputPath', text }])
}

/** Throws CONFLICT. The bucket is locked. Answers the keys that are the replaced task's own. */
export async function refuseTakenKeys(
  tx: OrganizationScope,
  wanted: {
    bucketName: string
    keys: string[]
    definition: string
    inPlaceOf?: string | undefined
  },
): Promise<Set<string>> {
  const owners = await listKeyOwners(tx, wanted)
  const isReplaced = (owner: KeyOwner) => owner.task_id === wanted.inPlaceOf
  const taken = owners.find((owner) => owner.definition !== wanted.definition && !isReplaced(owner))
  if (taken === undefined)
    return new Set(
      owners
        .filter((owner) => isReplaced(owner) && !owner.is_shared)
        .map(({ object_key }) => object_key),
    )
  throw new CallerError(
    'CONFLICT',
    `The object key '${taken.object_key}' belongs to the export task ${taken.task_id}, whose window, ` +
      'license, type, columns or format differ. Choose another outputPath, or set output.overwrite to true ' +
      'to replace its files.',
  )
}

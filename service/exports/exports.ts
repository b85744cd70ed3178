/**
 * Export tasks: one request to put one window of a license's samples into an output, a file per hour and
 * a manifest last. This door creates and shows tasks; the worker behind it carries them out.
 */
import { randomUUID } from 'node:crypto'
import { isUuid, type OrganizationScope } from '#database'
import { CallerError, invalidRequest, notFound } from '#errors'
import { getLicenseByKey, type License } from '#licenses'
import { getOutput, type S3RoleBasedOutput } from '#outputs'
import { resolveColumns, type Window } from '#samples'
import { pageFiles, type TaskFile } from './files.ts'
import {
  definitionOf,
  type ExportContent,
  keyPrefixOf,
  type Layout,
  longestKeyBytes,
  objectKeyBytesMax,
  planFiles,
} from './plan.ts'
import {
  findForeignKey,
  findTask,
  insertFiles,
  insertTask,
  lockBucket,
  pageTasks,
} from './tasks.ts'

export { contentAnswer, contentBody, readContent, writeContent } from './content.ts'
export { mistakesOfContent } from './mistakes.ts'
export { besideFiles, type ExportContent, hoursOf } from './plan.ts'
export { exportRoutes } from './routes.ts'
export { startWorker, type Worker, type WorkerDeps } from './worker.ts'

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
  columns: string[]
  /** Integer percent. */
  progress: number
  createdAt: Date
  startedAt: Date | undefined
  finishedAt: Date | undefined
}

/** Who must act, and what they would type. */
export interface TaskError {
  code: string
  message: string
  remedy: string
}

export type ExportTask = AnyTask &
  ({ status: 'QUEUED' | 'STARTED' | 'FINISHED' } | { status: 'ERROR'; error: TaskError })

/**
 * Stores a task and its planned files, to be carried out by a worker. Throws NOT_FOUND for an output or a
 * license of someone else, CONFLICT when its keys belong to a task with another definition.
 */
export async function createExportTask(
  scope: OrganizationScope,
  input: NewExportTask,
): Promise<ExportTask> {
  const { license, output, columns, keyPrefix } = await resolveExport(scope, input)
  const task = {
    ...input,
    id: randomUUID(),
    licenseKey: license.licenseKey,
    columns,
    createdAt: scope.clock.now(),
  }
  const files = planFiles({ ...task, keyPrefix })
  const definition = definitionOf(task)
  await scope.transaction(async (tx) => {
    await lockBucket(tx, output.bucketName)
    const keys = files.map(({ objectKey }) => objectKey)
    const taken = task.overwrite
      ? undefined
      : await findForeignKey(tx, { bucketName: output.bucketName, keys, definition })
    if (taken !== undefined) throw keysTaken(taken)
    await insertTask(tx, { ...task, definition })
    await insertFiles(tx, { taskId: task.id, bucketName: output.bucketName, files })
  })
  return getExportTask(scope, task.id)
}

export async function getExportTask(scope: OrganizationScope, id: string): Promise<ExportTask> {
  const task = isUuid(id) ? await findTask(scope, id) : undefined
  if (task === undefined) throw notFound('export task', id)
  return task
}

/** The newest first. */
export function listExportTasks(
  scope: OrganizationScope,
  page: { offset: number; limit: number },
): Promise<{ items: ExportTask[]; totalCount: number }> {
  return pageTasks(scope, page)
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

/**
 * What an export stands on, found and checked. Throws NOT_FOUND for an output or a license of someone else,
 * INVALID_REQUEST for columns or keys that cannot be.
 */
export async function resolveExport(
  scope: OrganizationScope,
  input: Pick<NewExportTask, 'licenseKey' | 'outputId' | 'outputPath' | 'columns' | 'layout'>,
): Promise<{ license: License; output: S3RoleBasedOutput; columns: string[]; keyPrefix: string }> {
  const [license, output] = await Promise.all([
    getLicenseByKey(scope, input.licenseKey),
    getOutput(scope, input.outputId),
  ])
  const keyPrefix = keyPrefixOf(output.pathPrefix, input.outputPath)
  refuseLongKeys({ keyPrefix, layout: input.layout })
  return { license, output, columns: columnNames(input.columns), keyPrefix }
}

/** The names as the file will have them. Throws INVALID_REQUEST that names what is unknown. */
function columnNames(names: string[] | undefined): string[] {
  const resolved = resolveColumns(names)
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

function keysTaken(taken: { objectKey: string; taskId: string }): CallerError {
  return new CallerError(
    'CONFLICT',
    `The object key '${taken.objectKey}' belongs to the export task ${taken.taskId}, whose window, ` +
      'license, columns or format differ. Choose another outputPath, or set output.overwrite to true ' +
      'to replace its files.',
  )
}

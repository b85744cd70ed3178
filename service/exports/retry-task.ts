import { isUuid, type OrganizationScope } from '#database'
import { CallerError, notFound } from '#errors'
import { type ExportTask, getExportTask, refuseTakenKeys } from './exports.ts'
import { listFiles } from './files.ts'
import { writeLog } from './log.ts'
import { statesBefore } from './status.ts'
import { changeTask, lockBucket, lockTask } from './tasks.ts'

/**
 * Queues a task in ERROR, or a cancelled one, again: the same task with the same keys delivers what is
 * missing, with a whole budget. Throws NOT_FOUND, and CONFLICT for a task in another state, or whose place or
 * keys another task has taken meanwhile.
 */
export async function retryExportTask(scope: OrganizationScope, id: string): Promise<ExportTask> {
  await scope.transaction(async (tx) => {
    const task = isUuid(id) ? await lockTask(tx, id) : undefined
    if (task === undefined) throw notFound('export task', id)
    if (!statesBefore('QUEUED').includes(task.status))
      throw new CallerError(
        'CONFLICT',
        `The export task ${id} is in ${task.status}; one in ERROR, or a cancelled one, can be retried.`,
      )
    if (task.replaced_by !== null)
      throw new CallerError(
        'CONFLICT',
        `The export task ${id} could not be finished any more: ${task.replaced_by} delivers its files instead.`,
      )
    const { bucket_name: bucketName, definition } = task
    await lockBucket(tx, bucketName)
    const keys = (await listFiles(tx, id)).map((file) => file.object_key)
    if (!task.overwrite) await refuseTakenKeys(tx, { bucketName, keys, definition })
    const at = scope.clock.now()
    await changeTask(tx, id, {
      status: 'QUEUED',
      available_at: at,
      retried_at: at,
      failures: 0,
      gave_way: false,
      finished_at: null,
      error_code: null,
      error_message: null,
      error_remedy: null,
    })
    const message = 'Somebody asked to retry the task: it delivers what is missing.'
    await writeLog(tx, id, { at, event: 'RETRIED', message })
  })
  return getExportTask(scope, id)
}

import { isUuid, type OrganizationScope } from '#database'
import { CallerError, notFound } from '#errors'
import { type ExportTask, getExportTask } from './exports.ts'
import { findSending } from './files.ts'
import { writeLog } from './log.ts'
import { changeTask, lockTask } from './tasks.ts'

/**
 * Stops a task. Its worker hears of it when it renews its lease, within seconds; one that waits is CANCELLED at
 * once, unless uploads are to be aborted first. It leaves no manifest; files
 * that are delivered stay. Once more is no mistake. Throws NOT_FOUND, and CONFLICT for a task that has ended
 * or whose manifest is on its way.
 */
export async function cancelExportTask(scope: OrganizationScope, id: string): Promise<ExportTask> {
  await scope.transaction(async (tx) => {
    const task = isUuid(id) ? await lockTask(tx, id) : undefined
    if (task === undefined) throw notFound('export task', id)
    if (task.status === 'CANCELLING' || task.status === 'CANCELLED') return
    if (task.status === 'FINISHED' || task.status === 'ERROR')
      throw conflict(`The export task ${id} has ended already: it is in ${task.status}.`)
    const { isManifestSent, hasUploads } = await findSending(tx, id)
    if (isManifestSent)
      throw conflict(
        `The export task ${id} cannot be cancelled any more: all its files are in the bucket, and its ` +
          'manifest is on its way.',
      )
    const at = scope.clock.now()
    const message = 'Somebody asked to cancel the task.'
    await writeLog(tx, id, { at, event: 'CANCEL_REQUESTED', message })
    const isDelivered = task.status === 'STARTED' && isHeld(task, at)
    if (isDelivered || hasUploads)
      return changeTask(tx, id, { status: 'CANCELLING', available_at: at, failures: 0 })
    await writeLog(tx, id, { at, event: 'CANCELLED', message: 'Nothing of it was under way.' })
    const noLease = { lease_id: null, lease_until: null }
    await changeTask(tx, id, { status: 'CANCELLED', finished_at: at, ...noLease })
  })
  return getExportTask(scope, id)
}

function isHeld({ lease_until: until }: { lease_until: Date | null }, at: Date): boolean {
  return until !== null && until > at
}

function conflict(message: string): CallerError {
  return new CallerError('CONFLICT', message)
}

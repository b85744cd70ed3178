import type { Clock, OrganizationScope } from '#database'
import type { CustomerBucket } from '#delivery'
import { OutputError, TransientError } from '#errors'
import type { SpoolFile } from '#spool'
import type { Telemetry } from '#telemetry'
import { traced } from '#tracing'
import { type FileClaim, openFileClaim } from './file-claim.ts'
import { findTwin, markDelivered, recordUploads, type TaskFile } from './files.ts'
import type { ClaimedTask } from './lease.ts'
import { writeLog } from './log.ts'

export interface Delivery {
  scope: OrganizationScope
  clock: Clock
  telemetry: Telemetry
  task: ClaimedTask
  bucket: CustomerBucket
  signal: AbortSignal
  /** User metadata that shall hold the file's MD5. */
  md5MetaTag: string | undefined
}

/** A file on our disk and what is in it. */
export interface WrittenFile extends SpoolFile {
  rows: number
  firstTime: Date | undefined
  lastTime: Date | undefined
  contentType: string
}

/**
 * Brings one planned file into the bucket: claimed before it may be there, delivered when S3 has confirmed
 * all its bytes. The first attempt creates the object and overwrites nothing. A later attempt at a claimed
 * file may meet what the earlier one left, so it replaces, with exactly the bytes that the claim names. So does
 * the first at a key where the task that this one replaces has left something.
 */
export async function deliverFile(
  delivery: Delivery & { file: TaskFile },
  written: WrittenFile,
): Promise<void> {
  const { scope, clock, task, file, signal } = delivery
  const isFirstAttempt = file.claimed_at === null
  if (!isFirstAttempt && file.sha256 !== written.sha256) throw bytesChanged(file)
  signal.throwIfAborted()
  await abandonUploads(delivery)
  const startedMs = performance.now()
  const mode = isFirstAttempt && !task.overwrite && !file.replaces ? 'create' : 'replace'
  const claim = openFileClaim(delivery, written)
  try {
    await traced('put', {}, () => put({ ...delivery, claim }, written, mode))
  } catch (error) {
    await claim.end()
    throw error
  }
  await markDelivered(scope, task.claim, { position: file.position, at: clock.now() })
  delivery.telemetry.exportFileDelivered({
    taskId: task.id,
    objectKey: file.object_key,
    rows: written.rows,
    bytes: written.bytes,
    durationMs: performance.now() - startedMs,
  })
}

type Mode = 'create' | 'replace'
type Put = Delivery & { file: TaskFile; claim: FileClaim }

/** What lies under the key already may be ours: then it has the same bytes, and nothing is lost. */
async function put(delivery: Put, written: WrittenFile, mode: Mode): Promise<void> {
  const { scope, file } = delivery
  try {
    await send(delivery, written, mode)
  } catch (error) {
    if (mode === 'replace' || !isObjectExists(error)) throw error
    const twin = await findTwin(scope, { ...file, sha256: written.sha256 })
    switch (twin) {
      case 'delivered':
        return
      case 'abandoned':
        return send(delivery, written, 'replace')
      case 'underway':
        throw twinUnderway(file)
      case undefined:
        throw error
    }
  }
}

async function send(delivery: Put, written: WrittenFile, mode: Mode): Promise<void> {
  const { scope, clock, bucket, task, file, claim, signal, md5MetaTag } = delivery
  const { path, bytes, sha256, md5, crc64nvme, contentType } = written
  const metadata = md5MetaTag === undefined ? {} : { [md5MetaTag]: md5 }
  const { position, object_key: objectKey } = file
  await bucket.putFile(
    { objectKey, path, bytes, sha256, crc64nvme, contentType, metadata },
    {
      mode,
      signal,
      onStoring: claim.hold,
      onNothingStored: claim.refused,
      onUploadStarted: (uploadId) =>
        recordUploads(scope, task.claim, { position, uploadIds: [uploadId] }),
      onRefused: ({ code, message }) =>
        scope.transaction((tx) =>
          writeLog(tx, task.id, {
            at: clock.now(),
            event: 'REFUSED',
            message:
              `${code}: ${message} Asked again for some seconds: what was changed in AWS just now ` +
              'takes time to arrive.',
          }),
        ),
    },
  )
}

/**
 * Parts of uploads that nobody will complete cost the customer money. A refusal keeps nothing from going on, and
 * is answered; an upload that is gone is what was wanted; a failure that passes is thrown, so that it is tried
 * again.
 */
export async function abandonUploads(
  delivery: Pick<Delivery, 'scope' | 'bucket' | 'task' | 'telemetry'> & { file: TaskFile },
): Promise<OutputError | undefined> {
  const { scope, bucket, task, file } = delivery
  if (file.upload_ids.length === 0) return undefined
  let refusal: OutputError | undefined
  for (const uploadId of file.upload_ids) {
    await bucket.abortUpload(file.object_key, uploadId).catch((error: unknown) => {
      const isGone = error instanceof TransientError && error.details.code === 'NoSuchUpload'
      if (isGone) return
      if (!(error instanceof OutputError)) throw error
      delivery.telemetry.log.debug({ error, taskId: task.id }, 'upload not aborted')
      refusal = error
    })
  }
  await recordUploads(scope, task.claim, { position: file.position, uploadIds: [] })
  return refusal
}

export function isObjectExists(error: unknown): boolean {
  return error instanceof OutputError && error.code === 'OBJECT_EXISTS'
}

function bytesChanged(file: TaskFile): TransientError {
  return new TransientError(
    'SAMPLES_CHANGED',
    `The samples of ${file.object_key} were read again and gave other bytes than before.`,
  )
}

function twinUnderway(file: TaskFile): TransientError {
  return new TransientError(
    'TWIN_UNDERWAY',
    `Another export task with the same definition is sending ${file.object_key} now.`,
  )
}

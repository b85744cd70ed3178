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
  const { left: openUploads } = await abandonUploads(delivery)
  const startedMs = performance.now()
  const mode = isFirstAttempt && !task.overwrite && !file.replaces ? 'create' : 'replace'
  const claim = openFileClaim(delivery, written)
  try {
    await traced('put', {}, () => put({ ...delivery, claim, openUploads }, written, mode))
  } catch (error) {
    await claim.end()
    throw error
  }
  const { position } = file
  await markDelivered(scope, task.claim, { position, at: clock.now(), uploadIds: openUploads })
  delivery.telemetry.exportFileDelivered({
    taskId: task.id,
    objectKey: file.object_key,
    rows: written.rows,
    bytes: written.bytes,
    durationMs: performance.now() - startedMs,
  })
  if (openUploads.length > 0) await abandonLast(delivery, openUploads)
}

type Mode = 'create' | 'replace'
type Put = Delivery & {
  file: TaskFile
  claim: FileClaim
  /** Ids; grows with each that is begun. */
  openUploads: string[]
}

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
  const { scope, clock, bucket, task, file, claim, openUploads, signal, md5MetaTag } = delivery
  const { path, bytes, sha256, md5, crc64nvme, contentType } = written
  const metadata = md5MetaTag === undefined ? {} : { [md5MetaTag]: md5 }
  const { position, object_key: objectKey } = file
  let hasParts = false
  await bucket.putFile(
    { objectKey, path, bytes, sha256, crc64nvme, contentType, metadata },
    {
      mode,
      signal,
      onStoring: claim.hold,
      onNothingStored: claim.refused,
      onUploadStarted: (uploadId) => {
        hasParts = true
        openUploads.push(uploadId)
        return recordUploads(scope, task.claim, { position, uploadIds: openUploads })
      },
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
  if (hasParts) openUploads.pop() // the last one is the object now
}

/** Nobody comes back to a file that is delivered: the log says what stays open of earlier attempts at it. */
async function abandonLast(
  delivery: Delivery & { file: TaskFile },
  upload_ids: string[],
): Promise<void> {
  const { scope, clock, task, file } = delivery
  const refusal = await abandonUploads({ ...delivery, file: { ...file, upload_ids } }).then(
    (abandoned) => abandoned.refusal,
    (error: unknown) => {
      if (error instanceof TransientError) return error
      throw error
    },
  )
  if (refusal === undefined) return
  const message =
    `${refusal.code}: ${refusal.message} Of ${file.object_key} an upload that was not complete stays: a lifecycle ` +
    'rule of the bucket with AbortIncompleteMultipartUpload removes it.'
  await scope.transaction((tx) =>
    writeLog(tx, task.id, { at: clock.now(), event: 'REFUSED', message }),
  )
}

/**
 * Parts of uploads that nobody will complete cost the customer money. A refusal keeps nothing from going on, and
 * is answered; what it left is tried again the next time. An upload that is gone is what was wanted; a failure that
 * passes is thrown, so that all are tried again.
 */
export async function abandonUploads(
  delivery: Pick<Delivery, 'scope' | 'bucket' | 'task' | 'telemetry'> & { file: TaskFile },
): Promise<{ left: string[]; refusal: OutputError | undefined }> {
  const { scope, bucket, task, file } = delivery
  const left: string[] = []
  let refusal: OutputError | undefined
  for (const uploadId of file.upload_ids) {
    await bucket.abortUpload(file.object_key, uploadId).catch((error: unknown) => {
      const isGone = error instanceof TransientError && error.details.code === 'NoSuchUpload'
      if (isGone) return
      if (!(error instanceof OutputError)) throw error
      delivery.telemetry.log.debug({ error, taskId: task.id }, 'upload not aborted')
      refusal = error
      left.push(uploadId)
    })
  }
  if (left.length < file.upload_ids.length)
    await recordUploads(scope, task.claim, { position: file.position, uploadIds: left })
  return { left, refusal }
}

function isObjectExists(error: unknown): boolean {
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

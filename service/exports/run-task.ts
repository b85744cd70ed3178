import assert from 'node:assert/strict'
import { forEachAtOnce } from '#at-once'
import type { Clock, OrganizationScope } from '#database'
import type { CustomerBucket } from '#delivery'
import { type OutputError, TransientError } from '#errors'
import { getOutputInUse, type S3RoleBasedOutput } from '#outputs'
import {
  type PinnedHour,
  resolveColumns,
  type SampleColumn,
  type Samples,
  type Window,
} from '#samples'
import type { Spool } from '#spool'
import type { Telemetry } from '#telemetry'
import { traced } from '#tracing'
import { abandonUploads, type Delivery, deliverFile, type WrittenFile } from './deliver-file.ts'
import { listFiles, pinFileAgain, pinFiles, recordFailure, type TaskFile } from './files.ts'
import { type ClaimedTask, finishTask, LeaseLost, recordWatermark, startAttempt } from './lease.ts'
import { type DeliveredFile, writeManifest } from './manifest.ts'
import { readPinned, writePinned } from './pinned.ts'
import { hoursOf } from './plan.ts'
import { shownError } from './task-error.ts'

export interface TaskParts {
  scope: OrganizationScope
  clock: Clock
  samples: Samples
  spool: Spool
  telemetry: Telemetry
  /** Opens the customer's bucket, probes first. */
  openBucket: OpenBucket
}

/** Of a worker's lane, for one attempt. */
export interface Lane {
  /** Whether it is to be given back: another organization's task waits for it. Asked between two files. */
  isWanted(): Promise<boolean>
}

type OpenBucket = (
  scope: OrganizationScope,
  output: S3RoleBasedOutput,
  options: { signal: AbortSignal; why: string; taskId?: string },
) => Promise<CustomerBucket>

export type TaskOutcome =
  | 'finished'
  | 'gave way'
  | { readonly waitsFor: Date; readonly watermark: Date }

/** In every span of a task. */
export const TASK_ID = 'sluice.export_task.id'

/**
 * One attempt at a claimed task, from wherever the last one stopped. Resolves when the task is FINISHED, gives
 * its lane to another, or must wait for samples; throws OutputError, TransientError, LeaseLost, the signal's reason, or a fault.
 */
export async function runTask(
  parts: TaskParts & { lane: Lane },
  task: ClaimedTask,
  signal: AbortSignal,
): Promise<TaskOutcome> {
  const watermark = task.watermark ?? (await pin(parts, task))
  if (watermark < task.end_time) return { waitsFor: task.end_time, watermark }
  const output = await getOutputInUse(parts.scope, task.output_id)
  const isWhole = await deliver({ ...parts, task, output, watermark }, signal)
  if (!isWhole) return 'gave way'
  await finishTask(parts.scope, task.claim, parts.clock.now())
  return 'finished'
}

/**
 * Aborts what uploads of the task are still open; answers what refused that. Throws OutputError, TransientError, or
 * the signal's reason.
 */
export async function abandonTask(
  parts: TaskParts,
  task: ClaimedTask,
  signal: AbortSignal,
): Promise<OutputError | undefined> {
  const { scope, telemetry } = parts
  const files = (await listFiles(scope, task.id)).filter(({ upload_ids: ids }) => ids.length > 0)
  if (files.length === 0) return undefined
  const output = await getOutputInUse(scope, task.output_id)
  await using bucket = await openTaskBucket({ ...parts, task, output }, signal)
  let refusal: OutputError | undefined
  for (const file of files) {
    const abandoned = await abandonUploads({ scope, bucket, task, file, telemetry })
    refusal = abandoned.refusal ?? refusal
  }
  return refusal
}

/** Pins what the files will be read from, once everything is there. Answers the store's watermark. */
async function pin(parts: TaskParts, task: ClaimedTask): Promise<Date> {
  const { scope, samples, telemetry } = parts
  const window = { start: task.start_time, end: task.end_time }
  const watermark = await samples.watermark()
  if (watermark < window.end) return watermark
  const hours = await samples.pinHours(task.license_keys, window, task.type)
  assert.deepEqual(hours.map(startOf), hoursOf(window).map(startOf), 'hours as they were planned')
  const pinned = hours.map((hour, position) => ({ position, hour: writePinned(hour) }))
  await scope.transaction(async (tx) => {
    await recordWatermark(tx, task.claim, watermark)
    await pinFiles(tx, task.id, pinned)
  })
  telemetry.exportTaskStarted({ taskId: task.id, files: pinned.length })
  return watermark
}

function startOf(hour: Window): number {
  return hour.start.getTime()
}

interface Run extends TaskParts {
  lane: Lane
  task: ClaimedTask
  output: S3RoleBasedOutput
  watermark: Date
}

/** Of one task: while one uploads, the store works on the next, and what it has made is written and hashed. */
const FILES_AT_ONCE = 3

/**
 * The role is proven while the first files are written. The manifest goes last. A file that fails ends the attempt
 * when those that were begun beside it have ended too. Three that fill the spool would otherwise all be lost for the
 * one that was sent away, at each attempt anew; and of a file that was cut off nobody knows whether it was sent, so a
 * retry would replace what lies there. Only the signal, a bucket that does not open and a lost lease cut them off.
 * False: files are left, for the lane is wanted; those that were begun are delivered.
 */
async function deliver(run: Run, signal: AbortSignal): Promise<boolean> {
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const files = await listFiles(run.scope, run.task.id)
  await startAttempt(run.scope, run.task, {
    at: run.clock.now(),
    filesDelivered: files.filter((file) => file.delivered_at !== null).length,
    filesTotal: files.length,
  })
  const opening = openTaskBucket(run, both)
  opening.catch((error: unknown) => stop.abort(error))
  try {
    const options = { count: FILES_AT_ONCE, signal: both }
    let failure: { error: unknown } | undefined
    let isOver = false
    await forEachAtOnce(files.filter(isMissing), options, async (file, each) => {
      if (await run.lane.isWanted()) isOver = true // never back: it is asked side by side
      if (isOver || failure !== undefined) return
      await withRecord({ run, file, signal: each }, async () => {
        await using spooled = await writeHour(run, file, each)
        await deliverFile({ ...deliveryOf(run, await opening, each), file }, spooled)
      }).catch((error: unknown) => {
        if (error instanceof LeaseLost) throw error
        failure ??= { error }
      })
    })
    if (failure !== undefined) throw failure.error
    if (isOver) return false
    await deliverManifest(run, await opening, both)
    return true
  } finally {
    stop.abort(new Error('The attempt is over.'))
    await opening.then(
      (bucket) => bucket[Symbol.asyncDispose](),
      () => undefined,
    )
  }
}

/** Keeps for the reader why a file was not delivered; not when another one's failure has stopped it. */
async function withRecord(
  attempt: { run: Run; file: TaskFile; signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  const { run, file, signal } = attempt
  const attributes = { [TASK_ID]: run.task.id, 'sluice.object_key': file.object_key }
  try {
    await traced('export file', attributes, work)
  } catch (error) {
    const failed = { position: file.position, ...shownError(error) }
    if (!signal.aborted)
      await recordFailure(run.scope, run.task.claim, failed).catch((cause: unknown) => {
        run.telemetry.log.debug({ error: cause, taskId: run.task.id }, 'failure not recorded')
      })
    throw error
  }
}

function isMissing(file: TaskFile): boolean {
  return file.start_time !== null && file.delivered_at === null
}

function openTaskBucket(
  run: Omit<Run, 'watermark' | 'lane'>,
  signal: AbortSignal,
): Promise<CustomerBucket> {
  const { scope, task } = run
  const why = `export task ${task.id}`
  return run.openBucket(scope, run.output, { signal, why, taskId: task.id })
}

function deliveryOf(run: Run, bucket: CustomerBucket, signal: AbortSignal): Delivery {
  const { scope, clock, telemetry, task, output } = run
  const { md5MetaTag } = output
  return { scope, clock, telemetry, task, bucket, signal, md5MetaTag }
}

/**
 * Of the object as it lies there. Packed CSV has no Content-Encoding: clients would unpack it unasked, and
 * what they then hold has neither the name nor the hashes of the manifest.
 */
function contentTypeOf({ file_format, compression }: ClaimedTask): string {
  if (file_format === 'PARQUET') return 'application/vnd.apache.parquet'
  if (compression === 'GZIP') return 'application/gzip'
  return compression === 'ZSTD' ? 'application/zstd' : 'text/csv; charset=utf-8'
}

async function writeHour(run: Run, file: TaskFile, signal: AbortSignal): Promise<WrittenFile> {
  const { task, samples, spool } = run
  if (file.pinned === null) throw new Error(`The file ${file.object_key} was never pinned.`)
  const hour = readPinned(file.pinned)
  const { type, file_format: fileFormat, compression } = task
  const read = { type, columns: columnsOf(task), fileFormat, compression, signal }
  const { source, ...content } = await traced('read', {}, () => samples.readHour(hour, read)).catch(
    (error: unknown) => pinAgain(run, { file, hour, error }),
  )
  const written = await traced('spool', {}, () => spool.write(source, { signal }))
  return { ...written, ...content, contentType: contentTypeOf(task) }
}

function columnsOf({ columns, type }: ClaimedTask): SampleColumn[] {
  const resolved = resolveColumns(columns, type)
  if ('columns' in resolved) return resolved.columns
  throw new Error(`The task names columns that are no longer known: ${resolved.unknown.join(', ')}`)
}

/**
 * Rows that are missing may have expired since the hour was pinned: no repetition brings them back. Or rows of a
 * person were deleted. Then the next attempt reads what is left, unless something was sent already: an object
 * with other bytes cannot be told from a stranger's.
 */
async function pinAgain(
  { samples, scope, task }: Run,
  { file, hour, error }: { file: TaskFile; hour: PinnedHour; error: unknown },
): Promise<never> {
  const isIncomplete = error instanceof TransientError && error.code === 'SAMPLES_INCOMPLETE'
  if (!isIncomplete) throw error
  const rest = { start: hour.start, end: task.end_time }
  await samples.pinHours(task.license_keys, rest, task.type) // throws for what has expired
  if (file.claimed_at !== null) throw error
  const newest = await samples.pinAgain(hour, task.type)
  if (newest !== undefined)
    await pinFileAgain(scope, task.claim, { position: file.position, hour: writePinned(newest) })
  throw error
}

/** Made of what is durable, so it is the same however often it is made. */
async function deliverManifest(
  run: Run,
  bucket: CustomerBucket,
  signal: AbortSignal,
): Promise<void> {
  const { task, spool } = run
  const files = await listFiles(run.scope, task.id)
  const manifest = files.find((file) => file.start_time === null)
  if (manifest === undefined) throw new Error('The task has no manifest planned.')
  if (manifest.delivered_at !== null) return
  const delivered = files
    .filter((file) => file !== manifest)
    .map((file) => deliveredFileOf(file, task.file_number))
  const body = writeManifest({
    taskId: task.id,
    createdAt: task.created_at,
    licenseKey: task.license_key,
    licenseKeys: task.license_keys,
    type: task.type,
    fileFormat: task.file_format,
    compression: task.compression,
    window: { start: task.start_time, end: task.end_time },
    watermark: run.watermark,
    columns: columnsOf(task),
    files: delivered,
  })
  const content = {
    rows: 0,
    firstTime: undefined,
    lastTime: undefined,
    contentType: 'application/json',
  }
  await withRecord({ run, file: manifest, signal }, async () => {
    const write = () => spool.write(Buffer.from(body), { signal })
    await using written = await traced('spool', {}, write)
    await deliverFile(
      { ...deliveryOf(run, bucket, signal), file: manifest },
      { ...written, ...content },
    )
  })
}

function deliveredFileOf(file: TaskFile, number: number): DeliveredFile {
  const { start_time, end_time, sha256, md5, bytes, row_count, pinned, delivered_at } = file
  if (!start_time || !end_time || !pinned || sha256 === null || md5 === null || !delivered_at)
    throw new Error(`The manifest was due before ${file.object_key} was delivered.`)
  return {
    objectKey: file.object_key,
    window: { start: start_time, end: end_time },
    revisions: readPinned(pinned).licenses.map(({ licenseKey, revision }) => ({
      licenseKey,
      revision,
    })),
    number,
    rows: row_count ?? 0,
    bytes: bytes ?? 0,
    sha256,
    md5,
    firstTime: file.first_time ?? undefined,
    lastTime: file.last_time ?? undefined,
  }
}

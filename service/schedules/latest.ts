import type { OrganizationScope } from '#database'
import type { CustomerBucket } from '#delivery'
import { getOutput, type S3RoleBasedOutput } from '#outputs'
import type { Window } from '#samples'
import type { Spool } from '#spool'
import type { ClaimedSchedule } from './claim.ts'

/** What tells readers up to which hour everything is there. */
export interface Latest {
  readonly objectKey: string
  /** The first instant that is still to come into the bucket. */
  readonly completeUntil: Date
  /** Of the last window before it that is in the bucket; undefined: none is. */
  readonly manifestKey: string | undefined
  /** Hours before it that never came; of their windows the last. */
  readonly expired: { hours: number; windows: Window[] }
}

export interface LatestParts {
  spool: Spool
  /** Opens the customer's bucket, probes first. */
  openBucket(
    scope: OrganizationScope,
    output: S3RoleBasedOutput,
    options: { signal: AbortSignal; why: string },
  ): Promise<CustomerBucket>
}

/** Puts the object in the place of the one before: its writer is alone, by the schedule's lease. */
export async function putLatest(
  parts: LatestParts,
  to: { scope: OrganizationScope; schedule: ClaimedSchedule; latest: Latest; signal: AbortSignal },
): Promise<void> {
  const { scope, schedule, latest, signal } = to
  const { objectKey } = latest
  const output = await getOutput(scope, schedule.output_id)
  const why = `export schedule ${schedule.id}`
  await using bucket = await parts.openBucket(scope, output, { signal, why })
  await using written = await parts.spool.write(writeLatest(schedule, latest), { signal })
  const { path, bytes, sha256, crc64nvme } = written
  const file = { path, bytes, sha256, crc64nvme, contentType: 'application/json', metadata: {} }
  await bucket.putFile({ ...file, objectKey }, { mode: 'replace', signal })
}

function writeLatest(
  schedule: Pick<ClaimedSchedule, 'id' | 'license_key' | 'frequency' | 'start_time' | 'content'>,
  { completeUntil, manifestKey, expired }: Latest,
): Uint8Array {
  const { type, fileFormat, compression, layout } = schedule.content
  const latest = {
    version: 1,
    scheduleId: schedule.id,
    licenseKey: schedule.license_key,
    type,
    frequency: schedule.frequency,
    fileFormat,
    compression,
    layout,
    completeFrom: schedule.start_time,
    completeUntil,
    manifest: manifestKey ?? null,
    expiredHours: expired.hours,
    expired: expired.windows,
  }
  return Buffer.from(`${JSON.stringify(latest, undefined, 2)}\n`)
}

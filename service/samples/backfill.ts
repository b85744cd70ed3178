import { randomUUID } from 'node:crypto'
import type { Clock } from '#database'
import { CallerError } from '#errors'
import { mistakeOfValue } from './column.ts'
import { sampleColumns } from './columns.ts'
import { expiryOf } from './encode.ts'
import { DAY_MS, hourOf, plusMs } from './hour.ts'
import type { EncodedRow, Inserts } from './inserts.ts'
import type { Lease, Stamp } from './lease.ts'
import type { Backfill, LicenseRef, Sample } from './samples.ts'
import { awaitSettled, type Settling } from './settled.ts'
import { samplesTable } from './tables.ts'
import { endTouch, noteHours } from './touched-hours.ts'

interface BackfillParts extends Settling {
  clock: Clock
  lease: Lease
  inserts: Inserts
}

/** An import can wait for the store to come back. */
const TRY_MS = 120_000
const INSERT_ROWS_MAX = 40_000

export function openBackfill(parts: BackfillParts, license: LicenseRef): Backfill {
  const id = randomUUID()
  /** Hours written down, each with the lease under which they were. */
  const noted = new Set<string>()
  let rows = 0
  let last: Date | undefined
  let isOpen = true

  async function insert(samples: Sample[]): Promise<void> {
    if (!isOpen) throw new Error('This backfill has ended.')
    const encoded = samples.map((sample) => ({
      license,
      time: timeOf(sample, license, parts.clock.now()),
      encoded: parts.inserts.encode(samplesTable, sample),
    }))
    for (const batch of batchesOf(encoded)) {
      const hours = hoursOf(batch)
      const note = (stamp: Stamp) => noteNew(hours, stamp)
      // A lease that ran out is noted dead, and its hours are given up: they are written down again.
      await parts.inserts.insert(samplesTable, batch, {
        tryMs: TRY_MS,
        onStamp: note,
        onLate: noteAgain(hours),
      })
      rows += batch.length
    }
  }

  async function noteNew(hours: Date[], { leaseId, time }: Stamp): Promise<void> {
    const missing = hours.filter((hour) => !noted.has(`${leaseId} ${hour.getTime()}`))
    await noteHours(parts.database, { id, licenseKey: license.licenseKey, leaseId }, missing)
    for (const hour of missing) noted.add(`${leaseId} ${hour.getTime()}`)
    last = time
  }

  const noteAgain = (hours: Date[]) => () =>
    noteHours(
      parts.database,
      { id, licenseKey: license.licenseKey, leaseId: parts.lease.id() },
      hours,
    )

  async function end(): Promise<void> {
    isOpen = false
    if (last === undefined) return
    await parts.lease.renew({ past: last })
    await endTouch(parts.database, id, plusMs(last, 1))
  }

  async function finish(): Promise<{ rows: number }> {
    await end()
    if (last !== undefined) await awaitSettled(parts, { id })
    return { rows }
  }

  const abandon = async () => {
    if (isOpen) await end()
  }
  return { insert, finish, abandon, [Symbol.asyncDispose]: abandon }
}

const timeColumn = sampleColumns.find(({ name }) => name === 'time')

/** The instant that a sample brings. Throws for none, and for one that the license keeps no longer. */
function timeOf({ time }: Sample, license: LicenseRef, now: Date): Date {
  const mistake = timeColumn && mistakeOfValue(timeColumn, time)
  if (mistake !== undefined || !(time instanceof Date)) throw new Error(`time ${mistake}`)
  if (expiryOf(time, license) <= now)
    throw new CallerError(
      'INVALID_REQUEST',
      `A sample of ${time.toISOString()} is older than the license keeps samples ` +
        `(${license.retentionDays} days).`,
    )
  return time
}

/** Day by day: an insert into over 100 partitions fails, and a day is one. */
function batchesOf(rows: EncodedRow[]): EncodedRow[][] {
  const days = Map.groupBy(rows, ({ time }) => Math.floor((time?.getTime() ?? 0) / DAY_MS))
  return [...days.values()].flatMap((day) => {
    const count = Math.ceil(day.length / INSERT_ROWS_MAX)
    return Array.from({ length: count }, (_, index) =>
      day.slice(index * INSERT_ROWS_MAX, (index + 1) * INSERT_ROWS_MAX),
    )
  })
}

function hoursOf(rows: EncodedRow[]): Date[] {
  const times = new Set(rows.map(({ time }) => (time === undefined ? 0 : hourOf(time).getTime())))
  return [...times].map((ms) => new Date(ms))
}

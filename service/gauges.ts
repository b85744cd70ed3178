import { statfs } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Gauge, type Registry } from 'prom-client'
import type { Clock, Database } from '#database'
import { whoseFault } from '#errors'
import { readQueue } from '#exports'
import type { Samples } from '#samples'
import { readLate } from '#schedules'
import type { Spool } from '#spool'
import { countVerdicts } from '#verification'
import { readWaiting } from '#webhooks'
import type { PartState } from './readiness.ts'

export interface GaugeParts {
  database: Database
  clock: Clock
  readiness(): Promise<PartState[]>
  samples: Pick<Samples, 'watermark'>
  spool: Pick<Spool, 'bytesUsed' | 'writersWaiting'>
  spoolDirectory: string
  spoolBytesMax: number
}

/** The watermark goes from one full hour to the next. */
const HOUR_MS = 3_600_000

/** What is read when somebody asks for the metrics. Those of the database are the same from every process. */
export function addGauges(registry: Registry, parts: GaugeParts): void {
  addQueueGauges(registry, parts)
  addScheduleGauges(registry, parts)
  addSpoolGauges(registry, parts)
  addGauge(registry, {
    name: 'sluice_ready',
    help: 'Parts that the process cannot work without: 1, or 0 while /readyz says what is in the way',
    labelNames: ['part'],
    read: async () => {
      const states = await parts.readiness()
      return states.map(({ part, problem }) => ({
        labels: { part },
        value: problem === undefined ? 1 : 0,
      }))
    },
  })
  addGauge(registry, {
    name: 'sluice_role_verdicts',
    help: 'Roles of outputs by what their last clear probes have shown; the same from every process',
    labelNames: ['verdict'],
    read: async () => {
      const counts = await countVerdicts(parts.database)
      return counts.map(({ verdict, count }) => ({ labels: { verdict }, value: count }))
    },
  })
  addGauge(registry, {
    name: 'sluice_samples_watermark_lag_seconds',
    help: 'How long the hour after the watermark is over and not closed: exports wait for it; the same from every process',
    read: async () => {
      const watermark = await parts.samples.watermark()
      const due = new Date(watermark.getTime() + HOUR_MS)
      return [{ value: ageSeconds(parts.clock, due) }]
    },
  })
}

function addQueueGauges(registry: Registry, { database, clock }: GaugeParts): void {
  addGauge(registry, {
    name: 'sluice_export_queue_tasks',
    help: 'Export tasks that are not over; the same from every process',
    labelNames: ['status'],
    read: async () => {
      const queue = await readQueue(database)
      return queue.map(({ status, count }) => ({ labels: { status }, value: count }))
    },
  })
  addGauge(registry, {
    name: 'sluice_export_queue_oldest_seconds',
    help: 'How long ago the oldest export task that is not over was asked for, or retried; the same from every process',
    labelNames: ['status'],
    read: async () => {
      const queue = await readQueue(database)
      return queue.map(({ status, oldest }) => ({
        labels: { status },
        value: oldest === undefined ? 0 : ageSeconds(clock, oldest),
      }))
    },
  })
  addGauge(registry, {
    name: 'sluice_webhook_queue_deliveries',
    help: 'Webhooks’ messages that are to be sent, those of webhooks that are off too; the same from every process',
    read: async () => [{ value: (await readWaiting(database, clock)).count }],
  })
  addGauge(registry, {
    name: 'sluice_webhook_queue_oldest_seconds',
    help: 'How long an organization that has a message due has had none taken, the longest of them; the same from every process',
    read: async () => {
      const { turnAwaitedSince } = await readWaiting(database, clock)
      return [{ value: turnAwaitedSince === undefined ? 0 : ageSeconds(clock, turnAwaitedSince) }]
    },
  })
}

/** The series without a code is there with 0 too, so that none that is late can be told from none that was read. */
function addScheduleGauges(registry: Registry, { database, clock }: GaugeParts): void {
  const read = async () => {
    const late = await readLate(database, clock.now())
    const isThere = late.some(({ code }) => code === '')
    const all = isThere ? late : [...late, { code: '', count: 0, since: clock.now() }]
    return all.map(({ code, ...rest }) => ({ labels: { code, fault: whoseFault(code) }, ...rest }))
  }
  addGauge(registry, {
    name: 'sluice_export_schedules_late',
    help: 'Export schedules with a late hour, by the code of what keeps it from the bucket (none: it waits or is under way) and whose fault that is; one counts for each code; the same from every process',
    labelNames: ['code', 'fault'],
    read: async () => (await read()).map(({ labels, count }) => ({ labels, value: count })),
  })
  addGauge(registry, {
    name: 'sluice_export_schedules_late_oldest_seconds',
    help: 'How long the one of them is late that is so for longest; the same from every process',
    labelNames: ['code', 'fault'],
    read: async () =>
      (await read()).map(({ labels, since }) => ({ labels, value: ageSeconds(clock, since) })),
  })
}

function addSpoolGauges(registry: Registry, parts: GaugeParts): void {
  const { spool, spoolDirectory, spoolBytesMax } = parts
  addGauge(registry, {
    name: 'sluice_spool_used_bytes',
    help: 'Local disk that files on their way to S3 fill now',
    read: async () => [{ value: spool.bytesUsed }],
  })
  addGauge(registry, {
    name: 'sluice_spool_max_bytes',
    help: 'What they may fill together: SLUICE_SPOOL_BYTES_MAX',
    read: async () => [{ value: spoolBytesMax }],
  })
  addGauge(registry, {
    name: 'sluice_spool_disk_free_bytes',
    help: 'What the disk below the spool has left',
    read: async () => {
      const { bavail, bsize } = await statfs(spoolDirectory)
      return [{ value: bavail * bsize }]
    },
  })
  addGauge(registry, {
    name: 'sluice_spool_waiting_files',
    help: 'Files that wait for room in the spool',
    read: async () => [{ value: spool.writersWaiting }],
  })
}

const READ_TIMEOUT_MS = 5_000

/** One that cannot be read, or not in time, is left out: the others are worth the more then. */
function addGauge(
  registry: Registry,
  gauge: {
    name: string
    help: string
    labelNames?: string[]
    read(): Promise<{ labels?: Record<string, string>; value: number }[]>
  },
): void {
  const { name, help, labelNames = [], read } = gauge
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      const late = pause(READ_TIMEOUT_MS, [], { ref: false })
      const values = await Promise.race([read(), late]).catch(() => [])
      this.reset()
      if (labelNames.length === 0) this.remove()
      for (const { labels = {}, value } of values) this.set(labels, value)
    },
  })
}

function ageSeconds(clock: Clock, since: Date): number {
  return Math.max(0, (clock.now().getTime() - since.getTime()) / 1000)
}

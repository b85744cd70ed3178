import { statfs } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Gauge, type Registry } from 'prom-client'
import type { Clock, Database } from '#database'
import { readQueue } from '#exports'
import type { Samples } from '#samples'
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
  addSpoolGauges(registry, parts)
  addGauge(registry, {
    name: 'sluice_ready',
    help: 'Parts that the process cannot work without: 1, or 0 while /readyz says what is in the way',
    label: 'part',
    read: async () => {
      const states = await parts.readiness()
      return states.map(({ part, problem }) => ({
        label: part,
        value: problem === undefined ? 1 : 0,
      }))
    },
  })
  addGauge(registry, {
    name: 'sluice_role_verdicts',
    help: 'Roles of outputs by what their last clear probes have shown; the same from every process',
    label: 'verdict',
    read: async () => {
      const counts = await countVerdicts(parts.database)
      return counts.map(({ verdict, count }) => ({ label: verdict, value: count }))
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
    label: 'status',
    read: async () => {
      const queue = await readQueue(database)
      return queue.map(({ status, count }) => ({ label: status, value: count }))
    },
  })
  addGauge(registry, {
    name: 'sluice_export_queue_oldest_seconds',
    help: 'How long ago the oldest export task that is not over was asked for, or retried; the same from every process',
    label: 'status',
    read: async () => {
      const queue = await readQueue(database)
      return queue.map(({ status, oldest }) => ({
        label: status,
        value: oldest === undefined ? 0 : ageSeconds(clock, oldest),
      }))
    },
  })
  addGauge(registry, {
    name: 'sluice_webhook_queue_deliveries',
    help: 'Webhooks’ messages that are to be sent, those of webhooks that are off too; the same from every process',
    read: async () => [{ value: (await readWaiting(database)).count }],
  })
  addGauge(registry, {
    name: 'sluice_webhook_queue_oldest_seconds',
    help: 'Age of the oldest message that is due and was never tried; the same from every process',
    read: async () => {
      const { untriedSince } = await readWaiting(database)
      return [{ value: untriedSince === undefined ? 0 : ageSeconds(clock, untriedSince) }]
    },
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
    label?: string
    read(): Promise<{ label?: string; value: number }[]>
  },
): void {
  const { name, help, label, read } = gauge
  new Gauge({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    async collect() {
      const late = pause(READ_TIMEOUT_MS, [], { ref: false })
      const values = await Promise.race([read(), late]).catch(() => [])
      this.reset()
      if (label === undefined) this.remove()
      for (const each of values)
        this.set(label === undefined ? {} : { [label]: each.label ?? '' }, each.value)
    },
  })
}

function ageSeconds(clock: Clock, since: Date): number {
  return Math.max(0, (clock.now().getTime() - since.getTime()) / 1000)
}

import type { ExportSchedule } from '@sluice/sdk'
import { Status } from './status.tsx'

export function ScheduleStatus({ schedule }: { schedule: ExportSchedule }) {
  if (schedule.lateSince !== undefined) return <Status tone="bad">Late</Status>
  if (schedule.status === 'PAUSED') return <Status tone="none">Paused</Status>
  return <Status tone="good">On time</Status>
}

import type { Webhook } from '@sluice/sdk'

/** What can be told, as its receiver would say it. */
export const eventWords: Record<Webhook['events'][number], string> = {
  'export.finished': 'An export has finished',
  'export.failed': 'An export has failed',
  'export_schedule.late': 'A schedule is late',
  'export_schedule.failed': 'A schedule has hours that no task can be made for',
  'export_schedule.expired': 'Hours expired before they were delivered',
  'verification.turned': 'The verdict about a role has turned',
}

/** What can be told, by the fields' words. A payload names things by their ids: the API has the rest. */
export type WebhookEvent =
  /** Every file and the manifest are in the bucket. */
  | { type: 'export.finished'; data: { exportTaskId: string } }
  /** The task ended in ERROR; it has the message and the remedy. */
  | { type: 'export.failed'; data: { exportTaskId: string; code: string } }
  /** A schedule has not exported windows that it should have by now. */
  | {
      type: 'export_schedule.late'
      data: { exportScheduleId: string; startTime: string; endTime: string }
    }
  /** No task can be made for hours of a schedule; their list has the message and the remedy. */
  | {
      type: 'export_schedule.failed'
      data: { exportScheduleId: string; startTime: string; endTime: string; code: string }
    }
  /** Hours of a schedule that were not delivered before their samples reached the end of their retention. */
  | {
      type: 'export_schedule.expired'
      data: { exportScheduleId: string; startTime: string; endTime: string }
    }
  /** A clear verdict about an output's role differs from the one before. */
  | {
      type: 'verification.turned'
      data: { outputId: string; verdict: 'PASSED' | 'FAILED'; code: string | null }
    }

export type EventType = WebhookEvent['type']

export const eventTypes = [
  'export.finished',
  'export.failed',
  'export_schedule.late',
  'export_schedule.failed',
  'export_schedule.expired',
  'verification.turned',
] as const satisfies EventType[]

/** The body of a message, as Standard Webhooks shapes it. */
export function writePayload(event: WebhookEvent, told: { organizationId: string; at: Date }) {
  const { organizationId, at } = told
  return JSON.stringify({
    type: event.type,
    timestamp: at.toISOString(),
    data: { organizationId, ...event.data },
  })
}

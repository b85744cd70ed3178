import type { OutputHour } from '@sluice/sdk'
import { writeBytes, writeCount } from '../../parts/amounts.ts'
import type { GridHour, HourLook, LegendEntry } from '../../parts/hour-grid.tsx'

type Status = OutputHour['status']

/** What hinders most first. */
export const statuses: Record<Status, { look: HourLook; word: string; means: string }> = {
  FAILED: {
    look: 'cross',
    word: 'Failed',
    means: 'An export of it ended in an error, and none has delivered it since.',
  },
  EXPIRED: {
    look: 'hollow-cross',
    word: 'Expired',
    means: 'A schedule owed it, and its samples reached the end of their retention before.',
  },
  LATE: {
    look: 'alarm',
    word: 'Late',
    means: 'A schedule owes it, and its window has been over for an hour.',
  },
  MISSING: {
    look: 'question',
    word: 'Missing',
    means: 'Nobody exports it, though hours around it were, or a paused schedule would.',
  },
  UNDERWAY: { look: 'striped', word: 'In flight', means: 'An export has it.' },
  WAITING: { look: 'dashed', word: 'Waiting', means: 'A schedule will export it soon.' },
  DELIVERED: { look: 'filled', word: 'Whole', means: 'It is in the bucket.' },
  EMPTY: { look: 'hollow', word: 'Whole, no samples', means: 'It is in the bucket, without rows.' },
  NONE: { look: 'faint', word: 'Not exported', means: 'Nobody exports it.' },
}

export function gridHoursOf(hours: readonly OutputHour[]): GridHour[] {
  return hours.map(({ startTime, status, rows, bytes }) => ({
    startTime,
    look: statuses[status].look,
    text: [
      statuses[status].word,
      ...(rows > 0 ? [writeCount(rows, 'row')] : []),
      ...(bytes > 0 ? [writeBytes(bytes)] : []),
    ].join(', '),
  }))
}

export function legendOf(hours: readonly OutputHour[]): LegendEntry[] {
  return Object.entries(statuses).map(([status, { look, word }]) => ({
    look,
    word,
    count: hours.filter((hour) => hour.status === status).length,
  }))
}

/** Those that somebody has to do something about. */
export function countTroubles(hours: readonly OutputHour[]): number {
  return hours.filter(({ status }) => ['FAILED', 'LATE', 'MISSING'].includes(status)).length
}

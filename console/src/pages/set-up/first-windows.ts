import { queryOptions } from '@tanstack/react-query'
import type { ActingIn } from '../../frame/session.ts'

const HOUR_MS = 3_600_000
/** How far back one looks for samples. */
const DAYS_BACK = 14
const DAY_HOURS = 24

interface FirstWindow {
  key: string
  label: string
  startTime: string
  endTime: string
}

/** What a first export may be of: the newest hour with samples that is over, and the last day. */
export function firstWindows({ client, organization }: ActingIn, licenseId: string) {
  return queryOptions({
    queryKey: [organization.id, 'first-windows', licenseId],
    queryFn: async (): Promise<FirstWindow[]> => {
      const end = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
      const start = end - DAYS_BACK * DAY_HOURS * HOUR_MS
      const window = { start: isoOf(start), end: isoOf(end) }
      const hours = await client.licenses.listSampleHours(licenseId, window)
      const newest = hours.filter(({ samples }) => samples > 0).at(-1)
      return chooseWindows(end, newest)
    },
  })
}

/** Pure: `end` is the last full hour, in milliseconds. */
export function chooseWindows(
  end: number,
  newest: { startTime: string; samples: number } | undefined,
): FirstWindow[] {
  const last = newest === undefined ? end - HOUR_MS : Date.parse(newest.startTime)
  const count = newest?.samples.toLocaleString('en')
  const hour = isoOf(last).slice(0, 16).replace('T', ' ')
  return [
    {
      key: 'newest',
      label:
        count === undefined
          ? `The last full hour, ${hour} UTC; it has no samples, so its file will have none`
          : `The newest full hour with samples, ${hour} UTC: ${count} samples`,
      startTime: isoOf(last),
      endTime: isoOf(last + HOUR_MS),
    },
    {
      key: 'day',
      label: `The last ${DAY_HOURS} full hours`,
      startTime: isoOf(end - DAY_HOURS * HOUR_MS),
      endTime: isoOf(end),
    },
  ]
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}

import { queryOptions } from '@tanstack/react-query'
import type { ActingIn } from '../../frame/session.ts'
import { writeCount } from '../../parts/amounts.ts'

const HOUR_MS = 3_600_000
/** How far back one looks for samples. */
export const DAYS_BACK = 14
const DAY_HOURS = 24

interface FirstWindow {
  key: string
  /** What it is, around when it begins. */
  label: { before: string; at?: string; after?: string }
  startTime: string
  endTime: string
}

/** So many licenses are asked for samples; whoever has more picks one. */
const LICENSES_ASKED_MAX = 50

/** The first license that has samples in the hours looked back; null: none has. */
export function licenseWithSamples(acting: ActingIn, licenseIds: string[]) {
  return queryOptions({
    queryKey: [acting.organization.id, 'first-license', licenseIds],
    queryFn: async (): Promise<string | null> => {
      for (const id of licenseIds.slice(0, LICENSES_ASKED_MAX))
        if ((await findNewest(acting, id)) !== undefined) return id
      return null
    },
  })
}

/** What a first export may be of: the newest hour with samples that is over, and the last day. */
export function firstWindows(acting: ActingIn, licenseId: string) {
  return queryOptions({
    queryKey: [acting.organization.id, 'first-windows', licenseId],
    queryFn: async (): Promise<FirstWindow[]> =>
      chooseWindows(lastFullHour(), await findNewest(acting, licenseId)),
  })
}

/** The newest hour with samples that is over. */
async function findNewest({ client }: ActingIn, licenseId: string) {
  const end = lastFullHour()
  const start = end - DAYS_BACK * DAY_HOURS * HOUR_MS
  const window = { start: isoOf(start), end: isoOf(end) }
  const hours = await client.licenses.listSampleHours(licenseId, window)
  return hours.filter(({ samples }) => samples > 0).at(-1)
}

/** Its end. */
function lastFullHour(): number {
  return Math.floor(Date.now() / HOUR_MS) * HOUR_MS
}

/** Pure: `end` is that of the last full hour, in milliseconds. */
export function chooseWindows(
  end: number,
  newest: { startTime: string; samples: number } | undefined,
): FirstWindow[] {
  const last = newest === undefined ? end - HOUR_MS : Date.parse(newest.startTime)
  const at = isoOf(last)
  return [
    {
      key: 'newest',
      label:
        newest === undefined
          ? {
              before: 'The last full hour, ',
              at,
              after: '; it has no samples, so its file has none',
            }
          : {
              before: 'The newest full hour with samples, ',
              at,
              after: `: ${writeCount(newest.samples, 'sample')}`,
            },
      startTime: at,
      endTime: isoOf(last + HOUR_MS),
    },
    {
      key: 'day',
      label: { before: `The last ${DAY_HOURS} full hours` },
      startTime: isoOf(end - DAY_HOURS * HOUR_MS),
      endTime: isoOf(end),
    },
  ]
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}

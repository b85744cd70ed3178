import type { PinnedHour, PinnedLicense } from '#samples'
import type { PinnedJson } from './rows.ts'

/** A pinned hour as jsonb keeps it, its instants as text. */
export function writePinned(hour: PinnedHour): PinnedJson {
  return {
    start: hour.start.toISOString(),
    end: hour.end.toISOString(),
    licenses: hour.licenses.map(({ storedBefore, ...license }) => ({
      ...license,
      storedBefore: storedBefore.toISOString(),
    })),
  }
}

/** The very hour that was written: the column holds nothing else. */
export function readPinned(json: PinnedJson): PinnedHour {
  const hour = json as {
    start: string
    end: string
    licenses: (Omit<PinnedLicense, 'storedBefore'> & { storedBefore: string })[]
  }
  return {
    start: new Date(hour.start),
    end: new Date(hour.end),
    licenses: hour.licenses.map(({ storedBefore, ...license }) => ({
      ...license,
      storedBefore: new Date(storedBefore),
    })),
  }
}

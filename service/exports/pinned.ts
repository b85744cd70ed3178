import type { PinnedHour } from '#samples'
import type { PinnedJson } from './rows.ts'

/** A pinned hour as jsonb keeps it, its instants as text. */
export function writePinned(hour: PinnedHour): PinnedJson {
  return {
    ...hour,
    start: hour.start.toISOString(),
    end: hour.end.toISOString(),
    storedBefore: hour.storedBefore.toISOString(),
  }
}

/** The very hour that was written: the column holds nothing else. */
export function readPinned(json: PinnedJson): PinnedHour {
  const hour = json as Omit<PinnedHour, 'start' | 'end' | 'storedBefore'> &
    Record<'start' | 'end' | 'storedBefore', string>
  return {
    ...hour,
    start: new Date(hour.start),
    end: new Date(hour.end),
    storedBefore: new Date(hour.storedBefore),
  }
}

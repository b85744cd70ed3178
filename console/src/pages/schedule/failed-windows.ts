interface Window {
  startTime: string
  /** Absent: up to now. */
  endTime?: string
}

/**
 * What exports failed hours again: all since the schedule's start by one window, on whatever page they are listed, and
 * of earlier ones, which a backfill has added, those alone that are given. A window over several of these would export
 * the hours between them too, which nobody has asked for.
 */
export function windowsOf(failed: Required<Window>[], scheduleStart: string): Window[] {
  const start = Date.parse(scheduleStart)
  const isSinceStart = ({ startTime }: Window) => Date.parse(startTime) >= start
  const earlier = failed
    .filter((hour) => !isSinceStart(hour))
    .toSorted((a, b) => Date.parse(a.startTime) - Date.parse(b.startTime))
  const windows: Required<Window>[] = []
  for (const { startTime, endTime } of earlier) {
    const last = windows.at(-1)
    if (last?.endTime === startTime) last.endTime = endTime
    else windows.push({ startTime, endTime })
  }
  return failed.some(isSinceStart) ? [...windows, { startTime: scheduleStart }] : windows
}

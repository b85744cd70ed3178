import { Text } from '@mantine/core'
import { Instant } from './instant.tsx'

/** A half-open window, in UTC: `2026-01-31 13:00 until 14:00 UTC`. */
export function WindowOf({ startTime, endTime }: { startTime: string; endTime: string }) {
  const start = writeMinute(startTime)
  const end = writeMinute(endTime)
  const isOneDay = start.slice(0, 10) === end.slice(0, 10)
  return (
    <Text span size="sm">
      <Instant at={startTime}>{start}</Instant> until{' '}
      <Instant at={endTime}>{`${isOneDay ? end.slice(11) : end} UTC`}</Instant>
    </Text>
  )
}

function writeMinute(at: string): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ')
}

import { Text } from '@mantine/core'
import { Instant } from './instant.tsx'

/** A half-open window, in UTC. */
export function WindowOf({ startTime, endTime }: { startTime: string; endTime: string }) {
  return (
    <Text span size="sm">
      <Instant at={startTime} /> until <Instant at={endTime} />
    </Text>
  )
}

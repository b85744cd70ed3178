import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import type { ExportSchedule } from '@sluice/sdk'
import { type FormEvent, useState } from 'react'
import { writeCount } from '../../parts/amounts.ts'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { localTimeOfTyped } from '../../parts/local-time.ts'
import { instantOf } from '../../parts/quick-windows.ts'
import { useScheduleMove } from './schedule-query.ts'

/** Hours before its beginning too, and those that have failed once more. */
export function Backfill({ schedule }: { schedule: ExportSchedule }) {
  const [window, setWindow] = useState({ start: '', end: '' })
  const backfill = useScheduleMove((of, body: { startTime: string; endTime?: string }) =>
    of.backfill(schedule.id, body),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const startTime = instantOf(window.start)
    const endTime = instantOf(window.end)
    if (startTime !== undefined) backfill.mutate({ startTime, ...(endTime && { endTime }) })
  }
  return (
    <Card title="Backfill">
      <Text size="sm" c="dimmed">
        Exports hours before its beginning too, and once more those that have failed. Hours that are
        in the bucket are left alone.
      </Text>
      <form onSubmit={submit}>
        <Stack gap="sm" align="flex-start">
          <Group gap="sm" align="flex-end">
            <TextInput
              type="datetime-local"
              label="Backfill from, UTC"
              description={localTimeOfTyped(window.start)}
              required
              value={window.start}
              onChange={(event) => setWindow({ ...window, start: event.currentTarget.value })}
            />
            <TextInput
              type="datetime-local"
              label="Until, UTC (empty: all that is due)"
              description={localTimeOfTyped(window.end)}
              value={window.end}
              onChange={(event) => setWindow({ ...window, end: event.currentTarget.value })}
            />
          </Group>
          <Button type="submit" variant="default" loading={backfill.isPending}>
            Backfill
          </Button>
        </Stack>
      </form>
      <div role="status">
        {backfill.data && (
          <Text size="sm">
            {writeCount(backfill.data.hours, 'hour')} will be exported, because they were missing or
            had failed.
          </Text>
        )}
      </div>
      {backfill.error && <Failure title="No backfill" error={backfill.error} />}
    </Card>
  )
}

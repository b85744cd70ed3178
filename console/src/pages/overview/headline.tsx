import { Group, List, Paper, Stack, Text } from '@mantine/core'
import type { ExportSchedule, ExportTask } from '@sluice/sdk'
import { CircleAlert, CircleCheck } from 'lucide-react'
import type { OverviewOutput } from './overview-query.ts'
import { listTroubles } from './troubles.ts'

const TROUBLES_SHOWN_MAX = 5

/** One sentence for who has a second, once everything that it speaks of is known. */
export function Headline({
  outputs,
  schedules,
  tasks,
}: {
  outputs: OverviewOutput[] | undefined
  schedules: ExportSchedule[] | undefined
  tasks: ExportTask[] | undefined
}) {
  if (outputs === undefined || schedules === undefined || tasks === undefined) return null
  const troubles = listTroubles({ outputs, schedules, tasks })
  const isWell = troubles.length === 0
  const Icon = isWell ? CircleCheck : CircleAlert
  return (
    <Paper role="status">
      <Group wrap="nowrap" align="flex-start">
        <Icon
          size={28}
          color={isWell ? 'var(--sluice-good)' : 'var(--sluice-bad)'}
          aria-hidden
          style={{ flexShrink: 0 }}
        />
        <Stack gap={4}>
          <Text size="lg" fw={600}>
            {isWell ? wellSentence(schedules) : 'Something needs your attention.'}
          </Text>
          {!isWell && (
            <List size="sm" listStyleType="none" spacing={2}>
              {troubles.slice(0, TROUBLES_SHOWN_MAX).map((trouble) => (
                <List.Item key={trouble}>{trouble}</List.Item>
              ))}
            </List>
          )}
        </Stack>
      </Group>
    </Paper>
  )
}

function wellSentence(schedules: ExportSchedule[]): string {
  const isScheduled = schedules.some(({ status }) => status === 'ACTIVE')
  return isScheduled ? 'Every hour that is due has arrived.' : 'Nothing has failed.'
}

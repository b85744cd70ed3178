import { Group, List, Paper, Stack, Text } from '@mantine/core'
import type { ExportSchedule, ExportTask } from '@sluice/sdk'
import { CircleAlert, CircleCheck } from 'lucide-react'
import { useOrganization } from '../../frame/session.ts'
import { LinkTo } from '../../parts/links.tsx'
import type { OverviewOutput } from './overview-query.ts'
import { listTroubles, type Trouble } from './troubles.ts'

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
        <Stack gap={4} miw={0} style={{ overflowWrap: 'anywhere' }}>
          <Text size="lg" fw={600}>
            {isWell ? wellSentence(schedules) : 'Something needs your attention.'}
          </Text>
          {!isWell && (
            <List size="sm" listStyleType="none" spacing={2}>
              {troubles.slice(0, TROUBLES_SHOWN_MAX).map((trouble) => (
                <List.Item key={trouble.id}>
                  <Sentence trouble={trouble} />
                </List.Item>
              ))}
              {troubles.length > TROUBLES_SHOWN_MAX && (
                <List.Item>And {troubles.length - TROUBLES_SHOWN_MAX} more, below.</List.Item>
              )}
            </List>
          )}
        </Stack>
      </Group>
    </Paper>
  )
}

function Sentence({ trouble: { what, id, name } }: { trouble: Trouble }) {
  const { organization } = useOrganization()
  const { page, happened } = troubleWords[what]
  return (
    <>
      The {what} <LinkTo to={`/organizations/${organization.id}/${page(id)}`}>{name}</LinkTo>{' '}
      {happened}
    </>
  )
}

const troubleWords: Record<Trouble['what'], { page(id: string): string; happened: string }> = {
  output: {
    page: (id) => `outputs/${id}/verification`,
    happened: 'has failed its verification.',
  },
  schedule: { page: (id) => `schedules/${id}`, happened: 'is late.' },
  export: { page: (id) => `exports/${id}`, happened: 'ended in an error.' },
}

function wellSentence(schedules: ExportSchedule[]): string {
  const isScheduled = schedules.some(({ status }) => status === 'ACTIVE')
  return isScheduled ? 'Every hour that is due has arrived.' : 'Nothing has failed.'
}

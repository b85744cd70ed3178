import { Code, Stack, Text } from '@mantine/core'
import type { ExportSchedule } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { writeCount } from '../../parts/amounts.ts'
import { Card } from '../../parts/card.tsx'
import { formatOf } from '../../parts/content-fields.tsx'
import { FactsList } from '../../parts/facts-list.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Instant } from '../../parts/instant.tsx'
import { useNames } from '../../parts/known-names.ts'
import { LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { ScheduleStatus } from '../../parts/schedule-status.tsx'
import { WindowOf } from '../../parts/window-of.tsx'
import { Backfill } from './backfill.tsx'
import { Hours } from './hours.tsx'
import { Moves } from './moves.tsx'
import { scheduleQuery } from './schedule-query.ts'

const path = '/organizations/$organizationId/schedules'

export function Schedule() {
  const acting = useOrganization()
  const { scheduleId } = useParams({ from: `/signed-in${path}/$scheduleId` })
  const query = useQuery(scheduleQuery(acting, scheduleId))
  const schedule = query.data
  const about = schedule?.description
  return (
    <Page
      title={schedule?.name ?? 'Schedule'}
      crumbs={[
        { name: 'Schedules', href: path.replace('$organizationId', acting.organization.id) },
      ]}
      {...(about !== undefined && { about })}
      actions={schedule && <Moves schedule={schedule} />}
    >
      <Loaded query={query} what="the schedule" lines={6}>
        {(found) => (
          <Stack gap="lg">
            <Standing schedule={found} />
            <Next schedule={found} />
            <Hours schedule={found} />
            <Backfill schedule={found} />
            <Facts schedule={found} />
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

function Standing({ schedule }: { schedule: ExportSchedule }) {
  const { lateSince, latest, expiredHours } = schedule
  return (
    <Stack gap="sm">
      <div role="status">
        <ScheduleStatus schedule={schedule} />
      </div>
      <FactsList
        facts={{
          'All there until': <Instant at={schedule.completeUntil} />,
          'Late since': lateSince && <Instant at={lateSince} />,
          'Expired before': expiredHours > 0 ? writeCount(expiredHours, 'hour') : undefined,
        }}
      />
      {latest?.error && <Failure title="latest.json could not be kept" error={latest.error} />}
    </Stack>
  )
}

function Next({ schedule: { nextWindows, status } }: { schedule: ExportSchedule }) {
  return (
    <Card title="Next">
      {nextWindows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {status === 'PAUSED'
            ? 'Nothing while it is paused. No hour is lost: it catches up when it is resumed.'
            : 'Nothing is due.'}
        </Text>
      ) : (
        <Stack component="ol" gap={6} m={0} pl="lg">
          {nextWindows.map((window) => (
            <li key={window.startTime}>
              <WindowOf {...window} />
            </li>
          ))}
        </Stack>
      )}
    </Card>
  )
}

function Facts({ schedule }: { schedule: ExportSchedule }) {
  const { organization } = useOrganization()
  const { outputOf, licenseOf, frequencyOf } = useNames()
  const { outputId, outputPath } = schedule.output
  return (
    <Card title="What it exports">
      <FactsList
        facts={{
          'An export for each': frequencyOf(schedule),
          Output: (
            <LinkTo
              to="/organizations/$organizationId/outputs/$outputId/hours"
              params={{ organizationId: organization.id, outputId }}
              size="sm"
            >
              {outputOf(outputId)}, all hours
            </LinkTo>
          ),
          Path: <Code>{outputPath}</Code>,
          License: licenseOf(schedule.licenseKey),
          Samples: schedule.type === 'ADS' ? 'Ads' : 'Sessions',
          Format: formatOf(schedule),
          Columns: writeCount(schedule.columns.length, 'column'),
          'latest.json': schedule.latest && <Code>{schedule.latest.objectKey}</Code>,
          From: <Instant at={schedule.startTime} />,
          Created: <Instant at={schedule.createdAt} />,
        }}
      />
    </Card>
  )
}

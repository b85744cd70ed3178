import { Button, Group, Stack, Text } from '@mantine/core'
import type { OutputHour } from '@sluice/sdk'
import { type UseQueryResult, useQueries } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { type ActingIn, useOrganization } from '../../frame/session.ts'
import { writeCount } from '../../parts/amounts.ts'
import { Card } from '../../parts/card.tsx'
import { HourGrid, HourLegend } from '../../parts/hour-grid.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Status } from '../../parts/status.tsx'
import { OutputPage } from '../output/output-page.tsx'
import { HourDetails } from './hour-details.tsx'
import { countTroubles, gridHoursOf, legendOf } from './judged-hours.ts'
import { MONTHS_MAX, monthsUntil, nameOfMonth, windowOfMonth } from './months.ts'

const own = '/organizations/$organizationId/outputs/$outputId/hours'
const REFRESH_MS = 15_000
const MONTHS_MORE = 3

/** Every hour of an output over months: is it in the bucket, and if not, why not? */
export function OutputHours() {
  const { outputId } = useParams({ from: `/signed-in${own}` })
  return (
    <OutputPage part="/hours">{() => <Months key={outputId} outputId={outputId} />}</OutputPage>
  )
}

function Months({ outputId }: { outputId: string }) {
  const acting = useOrganization()
  const search = useSearch({ from: `/signed-in${own}` })
  const navigate = useNavigate({ from: own })
  const months = monthsUntil(new Date(), search)
  const found = useQueries({ queries: months.map((month) => hoursQuery(acting, outputId, month)) })
  const showMore = () => {
    const count = Math.min(months.length + MONTHS_MORE, MONTHS_MAX)
    void navigate({ search: { months: count }, resetScroll: false })
  }
  return (
    <Stack gap="lg">
      <Summary found={found} />
      {months.map((month, position) => {
        const hours = found[position]
        return hours && <Month key={month} month={month} hours={hours} />
      })}
      {months.length < MONTHS_MAX && (
        <Group>
          <Button variant="default" onClick={showMore}>
            Earlier months
          </Button>
        </Group>
      )}
    </Stack>
  )
}

function hoursQuery({ client, organization }: ActingIn, outputId: string, month: string) {
  return {
    queryKey: [organization.id, 'outputs', outputId, 'hours', month],
    queryFn: () => client.outputs.s3RoleBased.listHours(outputId, windowOfMonth(month)),
    refetchInterval: REFRESH_MS,
  }
}

/** One line for who has a second, and what the looks mean. */
function Summary({ found }: { found: UseQueryResult<OutputHour[], Error>[] }) {
  const hours = found.flatMap(({ data }) => data ?? [])
  if (hours.length === 0) return null
  const troubles = countTroubles(hours)
  return (
    <Stack gap="sm">
      <div role="status">
        {troubles === 0 ? (
          <Status tone="good">Every hour that is due has arrived.</Status>
        ) : (
          <Status tone="bad">{`${writeCount(troubles, 'hour')} ${troubles === 1 ? 'is' : 'are'} not in the bucket, though due.`}</Status>
        )}
      </div>
      <HourLegend entries={legendOf(hours)} />
    </Stack>
  )
}

function Month({ month, hours }: { month: string; hours: UseQueryResult<OutputHour[], Error> }) {
  const [selected, setSelected] = useState<string>()
  const name = nameOfMonth(month)
  return (
    <Card title={name}>
      <Loaded query={hours} what={`the hours of ${name}`} lines={8}>
        {(found) =>
          found.every(({ status }) => status === 'NONE') ? (
            <Text size="sm" c="dimmed">
              No export holds an hour of {name}.
            </Text>
          ) : (
            <>
              <HourGrid
                caption={`Hours of ${name}`}
                hours={gridHoursOf(found)}
                selected={selected}
                onSelect={setSelected}
              />
              <HourDetails hour={found.find(({ startTime }) => startTime === selected)} />
            </>
          )
        }
      </Loaded>
    </Card>
  )
}

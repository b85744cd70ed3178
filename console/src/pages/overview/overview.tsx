import { Paper, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { LastExports } from '../../parts/last-exports.tsx'
import { ButtonTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Headline } from './headline.tsx'
import { overviewQueries } from './overview-query.ts'
import { OutputsAtAGlance, SchedulesAtAGlance } from './tables.tsx'

/** In the morning, at a glance: has every hour arrived, and if not, what is in its way? */
export function Overview() {
  const acting = useOrganization()
  const queries = overviewQueries(acting)
  const outputs = useQuery(queries.outputs)
  const schedules = useQuery(queries.schedules)
  const tasks = useQuery(queries.tasks)
  const params = { organizationId: acting.organization.id }
  if (outputs.data?.length === 0) return <Beginning organizationId={params.organizationId} />
  return (
    <Page title="Overview">
      <Headline outputs={outputs.data} schedules={schedules.data} tasks={tasks.data} />
      <Stack gap="lg">
        <Card title="Schedules">
          <Loaded query={schedules} what="the schedules">
            {(found) => <SchedulesAtAGlance schedules={found} />}
          </Loaded>
        </Card>
        <Card title="Outputs">
          <Loaded query={outputs} what="the outputs">
            {(found) => <OutputsAtAGlance outputs={found} />}
          </Loaded>
        </Card>
        <Card title="Last exports">
          <Loaded query={tasks} what="the exports">
            {(found) => <LastExports tasks={found} />}
          </Loaded>
        </Card>
      </Stack>
    </Page>
  )
}

function Beginning({ organizationId }: { organizationId: string }) {
  return (
    <Page title="Overview">
      <Paper>
        <Empty
          title="Let the samples arrive in your own bucket"
          action={
            <ButtonTo
              to="/organizations/$organizationId/outputs/new"
              params={{ organizationId }}
              mt="sm"
            >
              Set up an output
            </ButtonTo>
          }
        >
          An output is an S3 bucket of yours, and a role that lets Sluice write there and nothing
          else. Setting one up takes some ten minutes.
        </Empty>
      </Paper>
    </Page>
  )
}

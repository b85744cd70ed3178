import { useQuery } from '@tanstack/react-query'
import { NotFound } from '../../frame/not-found.tsx'
import { useSession } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { FailingOutputs } from './failing-outputs.tsx'
import { operatorQueries } from './operator-queries.ts'
import { Organizations } from './organizations.tsx'
import { Queues, Workers } from './work.tsx'

/** All organizations together, for whoever runs this Sluice. For everybody else there is no such page. */
export function Operator() {
  return useSession().isOperator ? <EveryOrganization /> : <NotFound />
}

function EveryOrganization() {
  const queries = operatorQueries(useSession())
  const failing = useQuery(queries.failingOutputs)
  const queues = useQuery(queries.queues)
  const workers = useQuery(queries.workers)
  return (
    <Page title="Operator" about="All organizations of this Sluice together.">
      <Card title="Failing outputs">
        <Loaded query={failing} what="the failing outputs">
          {(found) => <FailingOutputs outputs={found} />}
        </Loaded>
      </Card>
      <Card title="Queue">
        <Loaded query={queues} what="the queue">
          {(found) => <Queues queues={found} />}
        </Loaded>
      </Card>
      <Card title="Workers">
        <Loaded query={workers} what="the workers">
          {(found) => <Workers workers={found} />}
        </Loaded>
      </Card>
      <Card title="Organizations">
        <Organizations />
      </Card>
    </Page>
  )
}

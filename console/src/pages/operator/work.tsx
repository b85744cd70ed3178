import type { OperatorWorker, OrganizationQueue } from '@sluice/sdk'
import { Instant } from '../../parts/instant.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { Rows } from '../../parts/rows.tsx'
import { Status } from '../../parts/status.tsx'

/** Whose export tasks are not over. */
export function Queues({ queues }: { queues: OrganizationQueue[] }) {
  return (
    <Rows
      caption="Queue"
      head={['Organization', 'Queued', 'Started', 'Oldest queued']}
      empty="Nothing waits, and nothing is under way."
      rows={queues.map((queue) => ({
        key: queue.organizationId,
        cells: [
          <LinkTo
            key="organization"
            to="/organizations/$organizationId"
            params={{ organizationId: queue.organizationId }}
          >
            {queue.organizationName}
          </LinkTo>,
          queue.queued,
          queue.started,
          queue.oldestQueuedAt && <Instant key="oldest" at={queue.oldestQueuedAt} />,
        ],
      }))}
    />
  )
}

/** Processes that carry out export tasks, and what each is at. */
export function Workers({ workers }: { workers: OperatorWorker[] }) {
  return (
    <Rows
      caption="Workers"
      head={['Worker', 'State', 'At work on', 'Started', 'Last heard of']}
      whole={['State', 'At work on']}
      empty="None in the last day: export tasks wait until one is started."
      rows={workers.map((worker) => ({
        key: worker.id,
        cells: [
          `${worker.host}, process ${worker.processId}`,
          worker.isAlive ? (
            <Status key="state" tone="good">
              Alive
            </Status>
          ) : (
            <Status key="state" tone="none">
              Gone
            </Status>
          ),
          `${worker.tasks.length} of ${worker.concurrency} tasks`,
          <Instant key="started" at={worker.startedAt} />,
          <Instant key="seen" at={worker.seenAt} to="second" />,
        ],
      }))}
    />
  )
}

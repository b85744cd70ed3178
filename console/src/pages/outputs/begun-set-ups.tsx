import { Code, Group } from '@mantine/core'
import type { ExternalId } from '@sluice/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { Instant } from '../../parts/instant.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { NotLoaded } from '../../parts/not-loaded.tsx'
import { Rows } from '../../parts/rows.tsx'
import { take } from '../../parts/take.ts'

/** Those of an organization that outputs have taken are listed too. */
const LISTED_MAX = 1000

/** External ids that were handed out and wait for their output: a set-up that somebody has left. */
export function BegunSetUps() {
  const { client, organization } = useOrganization()
  const queries = useQueryClient()
  const key = [organization.id, 'external-ids']
  const query = useQuery({
    queryKey: key,
    queryFn: () => take(client.externalIds.list(), LISTED_MAX),
  })
  const { data = [] } = query
  const waiting = data.filter(({ outputId }) => outputId === undefined)
  if (waiting.length === 0) return <NotLoaded query={query} what="the set-ups that were begun" />
  const giveUp = async ({ externalId }: ExternalId) => {
    await client.externalIds.delete(externalId)
    await queries.invalidateQueries({ queryKey: key })
  }
  return (
    <Card title="External ids that wait for their output">
      <Rows
        caption="External ids that wait for their output"
        head={['Name', 'External id', 'Handed out', 'What to do']}
        whole={['External id', 'What to do']}
        empty=""
        rows={waiting.map((each) => ({
          key: each.externalId,
          cells: [
            each.name ?? 'Without a name',
            <Code key="id">{each.externalId}</Code>,
            <Instant key="created" at={each.createdAt} />,
            <Group key="do" gap="sm">
              <LinkTo
                size="sm"
                to="/organizations/$organizationId/outputs/new"
                params={{ organizationId: organization.id }}
                search={{ externalId: each.externalId, step: 'bucket' }}
                aria-label={`Go on with ${each.name ?? each.externalId}`}
              >
                Go on
              </LinkTo>
              <ConfirmButton
                label="Retire"
                what={each.name ?? each.externalId}
                title="Retire this external id?"
                run={() => giveUp(each)}
              >
                It never returns, for anyone. A role that demands it opens for nobody then.
              </ConfirmButton>
            </Group>,
          ],
        }))}
      />
    </Card>
  )
}

import { Code, Text } from '@mantine/core'
import type { PrivacyDeletion, PrivacyDeletionFile } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { useNames } from '../../parts/known-names.ts'
import { LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Rows } from '../../parts/rows.tsx'
import { WindowOf } from '../../parts/window-of.tsx'
import { PAGE_SIZE, privacyQueries } from './privacy-queries.ts'

const own = '/organizations/$organizationId/privacy/$deletionId'

const fileWords: Record<PrivacyDeletionFile['status'], string> = {
  CLAIMED: 'May have been sent',
  DELIVERED: 'In the bucket',
}

/** Exported files that hold the person's rows: only the customer can delete them. */
export function HoldingFiles({ deletion }: { deletion: PrivacyDeletion }) {
  const acting = useOrganization()
  const { page = 1 } = useSearch({ from: `/signed-in${own}` })
  const navigate = useNavigate({ from: own })
  const { outputOf } = useNames()
  const files = useQuery(privacyQueries(acting).files(deletion, page))
  return (
    <Card title="Exported files that hold the person’s rows">
      <Loaded query={files} what="the files">
        {({ items, totalCount }) => (
          <>
            {totalCount > 0 && (
              <Text size="sm" maw={720}>
                Sluice can neither read nor delete in your bucket, so these are yours: delete them,
                or export the same window to the same path again with “Overwrite”, which replaces
                them by files without the person.
              </Text>
            )}
            <Rows
              caption="Files that hold the person’s rows"
              head={['Object', 'Output', 'Hour', 'State', 'Export']}
              whole={['State', 'Export']}
              empty={
                deletion.status === 'STARTED' ? 'None is found yet.' : 'No exported file holds any.'
              }
              rows={items.map((file) => ({
                key: `${file.taskId} ${file.objectKey}`,
                cells: [
                  <Code key="object">{`s3://${file.bucketName}/${file.objectKey}`}</Code>,
                  outputOf(file.outputId),
                  <WindowOf key="hour" {...file} />,
                  fileWords[file.status],
                  <LinkTo
                    key="export"
                    to="/organizations/$organizationId/exports/$exportTaskId"
                    params={{ organizationId: acting.organization.id, exportTaskId: file.taskId }}
                    aria-label={`The export of ${file.objectKey}`}
                  >
                    Export
                  </LinkTo>,
                ],
              }))}
            />
            <Pager
              page={page}
              totalCount={totalCount}
              size={PAGE_SIZE}
              what="the files"
              onChange={(to) =>
                void navigate({ search: to > 1 ? { page: to } : {}, resetScroll: false })
              }
            />
          </>
        )}
      </Loaded>
    </Card>
  )
}

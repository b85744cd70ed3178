import { Code } from '@mantine/core'
import type { Page as ListPage, PrivacyDeletion } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Instant } from '../../parts/instant.tsx'
import { useNames } from '../../parts/known-names.ts'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Rows } from '../../parts/rows.tsx'
import { DeletionStatus } from './deletion-status.tsx'
import { PAGE_SIZE, privacyQueries } from './privacy-queries.ts'
import { subjectKinds } from './subject-kinds.ts'

const own = '/organizations/$organizationId/privacy'
/** What has no name of its own is told apart by so much of its id. */
const SHORT_ID_LENGTH = 8

/** What was deleted of whom, without saying whom. */
export function Privacy() {
  const acting = useOrganization()
  const { page = 1 } = useSearch({ from: `/signed-in${own}` })
  const deletions = useQuery(privacyQueries(acting).deletions(page))
  const create = (
    <ButtonTo to={`${own}/new`} params={{ organizationId: acting.organization.id }}>
      Delete a person’s data
    </ButtonTo>
  )
  return (
    <Page
      title="Privacy"
      about="Who asks for it has all that is kept of them deleted. A record of it stays here, without their id, and says which exported files in your bucket held them."
      actions={deletions.data?.totalCount !== 0 && create}
    >
      <Card title="Deletions">
        <Loaded query={deletions} what="the deletions">
          {(found) =>
            found.totalCount === 0 ? (
              <Empty title="No deletion yet" action={create}>
                A person is named by the user_id of their browser, by the custom_user_id that you
                gave them, or by one impression.
              </Empty>
            ) : (
              <Deletions found={found} page={page} />
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}

function Deletions({ found, page }: { found: ListPage<PrivacyDeletion>; page: number }) {
  const { organization } = useOrganization()
  const { licenseOf } = useNames()
  const navigate = useNavigate({ from: own })
  return (
    <>
      <Rows
        caption="Deletions"
        head={['Deletion', 'Begun', 'State', 'Named by', 'License', 'Samples', 'Ad samples']}
        whole={['State', 'Named by', 'Samples', 'Ad samples']}
        empty="There are none on this page."
        rows={found.items.map((deletion) => ({
          key: deletion.id,
          cells: [
            <LinkTo
              key="record"
              to={`${own}/$deletionId`}
              params={{ organizationId: organization.id, deletionId: deletion.id }}
            >
              {deletion.reference ??
                `without a reference, ${deletion.id.slice(0, SHORT_ID_LENGTH)}`}
            </LinkTo>,
            <Instant key="begun" at={deletion.createdAt} />,
            <DeletionStatus key="state" status={deletion.status} />,
            <Code key="kind">{subjectKinds[deletion.type].column}</Code>,
            deletion.licenseKey === undefined ? 'All' : licenseOf(deletion.licenseKey),
            deletion.samples.toLocaleString('en'),
            deletion.adSamples.toLocaleString('en'),
          ],
        }))}
      />
      <Pager
        page={page}
        totalCount={found.totalCount}
        size={PAGE_SIZE}
        what="the deletions"
        onChange={(next) => void navigate({ search: next > 1 ? { page: next } : {} })}
      />
    </>
  )
}

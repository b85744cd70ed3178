import { Code, Group } from '@mantine/core'
import type { Page as ListPage, S3RoleBasedOutput } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Instant } from '../../parts/instant.tsx'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { OutputLink } from '../../parts/output-link.tsx'
import { placeOf } from '../../parts/output-name.ts'
import { Page } from '../../parts/page.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Rows } from '../../parts/rows.tsx'
import { Status } from '../../parts/status.tsx'
import { VerdictStatus } from '../../parts/verdict-status.tsx'
import { outputQueries } from '../output/output-queries.ts'
import { BegunSetUps } from './begun-set-ups.tsx'

const PAGE_SIZE = 20

export function Outputs() {
  const { client, organization } = useOrganization()
  const { page = 1 } = useSearch({ from: '/signed-in/organizations/$organizationId/outputs' })
  const outputs = useQuery({
    queryKey: [organization.id, 'outputs', page],
    queryFn: () =>
      client.outputs.s3RoleBased.list().page({ offset: (page - 1) * PAGE_SIZE, limit: PAGE_SIZE }),
    placeholderData: (before) => before,
  })
  const params = { organizationId: organization.id }
  const setUp = (
    <ButtonTo to="/organizations/$organizationId/outputs/new" params={params}>
      Set up an output
    </ButtonTo>
  )
  return (
    <Page
      title="Outputs"
      about="The places that your files go to: an S3 bucket of yours, and a role that lets Sluice write there."
      actions={outputs.data?.totalCount !== 0 && setUp}
    >
      <Card title="All outputs">
        <Loaded query={outputs} what="the outputs">
          {(found) =>
            found.totalCount === 0 ? (
              <Empty title="No output yet" action={setUp}>
                Setting one up takes some ten minutes, and an AWS account in which you may make a
                role.
              </Empty>
            ) : (
              <OutputsTable found={found} page={page} />
            )
          }
        </Loaded>
      </Card>
      <BegunSetUps />
    </Page>
  )
}

function OutputsTable({ found, page }: { found: ListPage<S3RoleBasedOutput>; page: number }) {
  const navigate = useNavigate({ from: '/organizations/$organizationId/outputs' })
  return (
    <>
      <Rows
        caption="Outputs"
        head={['Output', 'Bucket', 'Set-up', 'Created']}
        whole={['Set-up']}
        empty="There are none on this page."
        rows={found.items.map((output) => ({
          key: output.id,
          cells: [
            <OutputLink key="name" output={output} />,
            <Code key="bucket">{placeOf(output)}</Code>,
            <SetUpState key="state" output={output} />,
            <Instant key="created" at={output.createdAt} />,
          ],
        }))}
      />
      <Pager
        page={page}
        totalCount={found.totalCount}
        size={PAGE_SIZE}
        what="the outputs"
        onChange={(next) => void navigate({ search: next > 1 ? { page: next } : {} })}
      />
    </>
  )
}

/** Verified, or how to go on. */
function SetUpState({ output }: { output: S3RoleBasedOutput }) {
  const acting = useOrganization()
  const { data: report, error } = useQuery(outputQueries(acting, output.id).verification)
  if (report === undefined) return error && <Status tone="doubt">Could not be loaded</Status>
  return (
    <Group gap="sm">
      <VerdictStatus verification={report} />
      {report === null && (
        <LinkTo
          size="sm"
          to="/organizations/$organizationId/outputs/$outputId/set-up/$step"
          params={{
            organizationId: acting.organization.id,
            outputId: output.id,
            step: 'role',
          }}
          aria-label={`Go on with the set-up of ${output.name ?? output.bucketName}`}
        >
          Go on
        </LinkTo>
      )}
    </Group>
  )
}

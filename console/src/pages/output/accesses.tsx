import { Code, Group, Stack, Text, TextInput } from '@mantine/core'
import type { S3RoleBasedOutput } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Disclosure } from '../../parts/disclosure.tsx'
import { Instant } from '../../parts/instant.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Rows } from '../../parts/rows.tsx'
import classes from './accesses.module.css'
import { type CloudTrailRow, rowOf } from './cloudtrail-row.ts'
import { OutputPage } from './output-page.tsx'

const PAGE_SIZE = 50
const DAY_MS = 86_400_000

export function Accesses() {
  return <OutputPage part="/accesses">{(output) => <Uses output={output} />}</OutputPage>
}

/** Each use of the role, so that one can go through it beside CloudTrail. */
function Uses({ output }: { output: S3RoleBasedOutput }) {
  const { client, organization } = useOrganization()
  const from = '/organizations/$organizationId/outputs/$outputId/accesses'
  const { page = 1, day } = useSearch({ from: `/signed-in${from}` })
  const navigate = useNavigate({ from })
  const accesses = useQuery({
    queryKey: [organization.id, 'output', output.id, 'accesses', page, day],
    queryFn: () =>
      client.outputs.s3RoleBased
        .listAccesses(output.id, day === undefined ? {} : windowOf(day))
        .page({ offset: (page - 1) * PAGE_SIZE, limit: PAGE_SIZE }),
    placeholderData: (before) => before,
  })
  return (
    <Card title="Every use of the role">
      <Text size="sm" maw={720}>
        The newest first, in the words of CloudTrail: what your account has recorded has the same{' '}
        <Code>requestID</Code>. CloudTrail does not log in your account the calls of AssumeRole that
        your role refused, and calls on objects only where data events are switched on. An event
        with this role and a <Code>requestID</Code> that is not here was not made by Sluice for this
        output.
      </Text>
      <Group>
        <TextInput
          type="date"
          label="Day, in UTC"
          value={day ?? ''}
          onChange={({ currentTarget: { value } }) =>
            void navigate({ search: value === '' ? {} : { day: value } })
          }
        />
      </Group>
      <Loaded query={accesses} what="the uses of the role" lines={8}>
        {({ items, totalCount }) => (
          <Stack>
            <AccessRows rows={items.map(rowOf)} organizationId={organization.id} />
            <Pager
              page={page}
              totalCount={totalCount}
              size={PAGE_SIZE}
              what="the uses"
              onChange={(next) =>
                void navigate({
                  search: { ...(day && { day }), ...(next > 1 && { page: next }) },
                })
              }
            />
          </Stack>
        )}
      </Loaded>
    </Card>
  )
}

function AccessRows({ rows, organizationId }: { rows: CloudTrailRow[]; organizationId: string }) {
  return (
    <section
      className={classes.wide}
      aria-label="Uses of the role, by CloudTrail’s columns"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider is scrolled by keyboard
      tabIndex={0}
    >
      <Rows
        caption="Uses of the role"
        head={[
          'eventTime',
          'eventName',
          'requestID',
          'accessKeyId',
          'errorCode',
          'For',
          'Object key',
          'roleSessionName',
        ]}
        empty="None."
        rows={rows.map((row) => ({
          key: row.id,
          cells: [
            <Instant key="at" at={row.eventTime} to="second" />,
            row.eventName,
            <RequestIds key="ids" ids={row.requestIds} />,
            row.accessKeyId === undefined ? 'none' : <Code key="key">{row.accessKeyId}</Code>,
            row.errorCode ?? 'none',
            <Why key="why" row={row} organizationId={organizationId} />,
            row.objectKey ?? 'none',
            row.roleSessionName,
          ],
        }))}
      />
    </section>
  )
}

function RequestIds({ ids }: { ids: string[] }) {
  const [first, ...others] = ids
  if (first === undefined) return 'none'
  if (others.length === 0) return <Code>{first}</Code>
  return (
    <Disclosure summary={`${ids.length} requests`}>
      {ids.map((id) => (
        <div key={id}>
          <Code>{id}</Code>
        </div>
      ))}
    </Disclosure>
  )
}

function Why({ row, organizationId }: { row: CloudTrailRow; organizationId: string }) {
  if (row.taskId === undefined) return row.why
  return (
    <LinkTo
      size="sm"
      to="/organizations/$organizationId/exports/$exportTaskId"
      params={{ organizationId, exportTaskId: row.taskId }}
      aria-label={`an export: ${row.why}`}
    >
      an export
    </LinkTo>
  )
}

function windowOf(day: string): { from: string; to: string } {
  const start = Date.parse(day)
  return { from: new Date(start).toISOString(), to: new Date(start + DAY_MS).toISOString() }
}

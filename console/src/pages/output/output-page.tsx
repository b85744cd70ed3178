import type { S3RoleBasedOutput } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useOrganization } from '../../frame/session.ts'
import classes from '../../parts/link-tabs.module.css'
import { Loaded } from '../../parts/loaded.tsx'
import { nameOf } from '../../parts/output-name.ts'
import { Page } from '../../parts/page.tsx'
import { outputQueries } from './output-queries.ts'

const parts = {
  '': 'Output',
  '/verification': 'Verification',
  '/hours': 'Hours',
  '/accesses': 'Accesses',
  '/external-id': 'External id',
  '/policies': 'Policies',
}

/** What every page of one output begins with. `part` is the end of its address. */
export function OutputPage({
  part,
  actions,
  children,
}: {
  part: keyof typeof parts
  actions?: ReactNode
  children(output: S3RoleBasedOutput): ReactNode
}) {
  const { organizationId, outputId = '' } = useParams({ strict: false })
  const output = useQuery(outputQueries(useOrganization(), outputId).output)
  const outputs = `/organizations/${organizationId}/outputs`
  const name = output.data ? nameOf(output.data) : 'Output'
  return (
    <Page
      title={name}
      part={part === '' ? undefined : parts[part]}
      crumbs={[{ name: 'Outputs', href: outputs }]}
      actions={actions}
    >
      <Loaded query={output} what="the output">
        {(found) => (
          <>
            <nav aria-label="Parts of the output" className={classes.tabs}>
              {Object.entries(parts).map(([end, label]) => (
                <Link
                  key={end}
                  to={`${outputs}/${outputId}${end}`}
                  activeOptions={{ exact: true }}
                  className={classes.tab}
                >
                  {label}
                </Link>
              ))}
            </nav>
            {children(found)}
          </>
        )}
      </Loaded>
    </Page>
  )
}

import type { S3RoleBasedOutput } from '@sluice/sdk'
import { useOrganization } from '../frame/session.ts'
import { LinkTo } from './links.tsx'
import { nameOf } from './output-name.ts'

/** The output’s name, on the way to its page. */
export function OutputLink({ output }: { output: S3RoleBasedOutput }) {
  const { organization } = useOrganization()
  return (
    <LinkTo
      to="/organizations/$organizationId/outputs/$outputId"
      params={{ organizationId: organization.id, outputId: output.id }}
    >
      {nameOf(output)}
    </LinkTo>
  )
}

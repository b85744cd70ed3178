import { Code, Group, Text } from '@mantine/core'
import type { License, VirtualLicense } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Rows } from '../../parts/rows.tsx'
import { licenseQueries } from './license-queries.ts'
import { retentionOf } from './retention.ts'

/** Where the data comes in: licenses, and several of them under one id. */
export function Licenses() {
  const acting = useOrganization()
  const queries = licenseQueries(acting)
  const licenses = useQuery(queries.licenses)
  const virtual = useQuery(queries.virtualLicenses)
  const params = { organizationId: acting.organization.id }
  return (
    <Page
      title="Licenses"
      about="A license separates your data: players send its key with every sample, and an export takes the samples of one license."
      actions={
        <ButtonTo to="/organizations/$organizationId/licenses/new" params={params}>
          New license
        </ButtonTo>
      }
    >
      <Card title="Licenses">
        <Loaded query={licenses} what="the licenses">
          {(found) => <LicenseRows licenses={found} organizationId={params.organizationId} />}
        </Loaded>
      </Card>
      <Card
        title="Virtual licenses"
        actions={
          <ButtonTo
            to="/organizations/$organizationId/licenses/virtual/new"
            params={params}
            size="xs"
            variant="default"
          >
            New virtual license
          </ButtonTo>
        }
      >
        <Loaded query={virtual} what="the virtual licenses">
          {(found) => <VirtualRows licenses={found} organizationId={params.organizationId} />}
        </Loaded>
      </Card>
    </Page>
  )
}

function LicenseRows({
  licenses,
  organizationId,
}: {
  licenses: License[]
  organizationId: string
}) {
  if (licenses.length === 0)
    return (
      <Empty title="No license yet">
        Make the first one, put its key into your player, and the samples arrive.
      </Empty>
    )
  return (
    <Rows
      caption="Licenses"
      head={['License', 'Key', 'Domains', 'Kept for']}
      whole={['Key', 'Kept for']}
      empty="None yet."
      rows={licenses.map((license) => ({
        key: license.id,
        cells: [
          <LinkTo
            key="name"
            to="/organizations/$organizationId/licenses/$licenseId"
            params={{ organizationId, licenseId: license.id }}
          >
            {license.name}
          </LinkTo>,
          <KeyWithCopy key="key" value={license.licenseKey} what={`the key of ${license.name}`} />,
          domainsOf(license),
          retentionOf(license.retentionTime),
        ],
      }))}
    />
  )
}

function domainsOf({ domains }: License): string {
  const [first] = domains
  if (first === undefined) return 'Any'
  return domains.length === 1 ? first.url : `${first.url} and ${domains.length - 1} more`
}

function KeyWithCopy({ value, what }: { value: string; what: string }) {
  return (
    <Group gap={4} wrap="nowrap" component="span" display="inline-flex">
      <Code>{value}</Code>
      <Copy text={value} what={what} />
    </Group>
  )
}

function VirtualRows({
  licenses,
  organizationId,
}: {
  licenses: VirtualLicense[]
  organizationId: string
}) {
  return (
    <Rows
      caption="Virtual licenses"
      head={['Virtual license', 'Id, in place of a key', 'Licenses']}
      empty="None yet. A virtual license exports several licenses together, into the same files."
      rows={licenses.map((license) => ({
        key: license.id,
        cells: [
          <LinkTo
            key="name"
            to="/organizations/$organizationId/licenses/virtual/$virtualLicenseId"
            params={{ organizationId, virtualLicenseId: license.id }}
          >
            {license.name}
          </LinkTo>,
          <KeyWithCopy key="id" value={license.id} what={`the id of ${license.name}`} />,
          <Text key="licenses" span size="sm">
            {license.licenses.map(({ name }) => name).join(', ')}
          </Text>,
        ],
      }))}
    />
  )
}

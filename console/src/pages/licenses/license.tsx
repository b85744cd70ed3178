import { Code, Group, Stack, Text } from '@mantine/core'
import type { License as ApiLicense } from '@sluice/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Copy } from '../../parts/copy.tsx'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { DataLabels } from './data-labels.tsx'
import { Domains } from './domains.tsx'
import { LicenseForm } from './license-form.tsx'
import { licenseQueries } from './license-queries.ts'
import { PlayerScript } from './player-script.tsx'
import { SampleHours } from './sample-hours.tsx'

/** One license: what arrives under it, what a player needs, and what holds for it. */
export function License() {
  const acting = useOrganization()
  const { licenseId } = useParams({
    from: '/signed-in/organizations/$organizationId/licenses/$licenseId',
  })
  const license = useQuery(licenseQueries(acting).license(licenseId))
  return (
    <Page
      title={license.data?.name ?? 'License'}
      crumbs={[{ name: 'Licenses', href: `/organizations/${acting.organization.id}/licenses` }]}
    >
      <Loaded query={license} what="the license">
        {(found) => <Parts key={found.id} license={found} />}
      </Loaded>
    </Page>
  )
}

function Parts({ license }: { license: ApiLicense }) {
  const acting = useOrganization()
  const queries = useQueryClient()
  const params = { organizationId: acting.organization.id, licenseId: license.id }
  const reload = () => queries.invalidateQueries({ queryKey: licenseQueries(acting).everything })
  const change = (body: Parameters<typeof acting.client.licenses.update>[1]) =>
    acting.client.licenses.update(license.id, body).then(reload)
  return (
    <Stack gap="lg">
      <Group gap={4} component="p" m={0} wrap="nowrap">
        <Text span size="sm" c="dimmed">
          License key
        </Text>
        <Code>{license.licenseKey}</Code>
        <Copy text={license.licenseKey} what="the license key" />
      </Group>
      <Card
        title="Samples"
        actions={
          <ButtonTo
            to="/organizations/$organizationId/licenses/$licenseId/samples"
            params={params}
            size="xs"
            variant="default"
          >
            Newest samples
          </ButtonTo>
        }
      >
        <SampleHours licenseId={license.id} />
        <Text size="sm" c="dimmed">
          To have them in your bucket,{' '}
          <LinkTo
            to="/organizations/$organizationId/exports/new"
            params={params}
            search={{ licenseKey: license.licenseKey }}
          >
            export them
          </LinkTo>
          .
        </Text>
      </Card>
      <Card title="In your player">
        <PlayerScript licenseKey={license.licenseKey} />
      </Card>
      <Card title="Domains">
        <Domains license={license} onChange={reload} />
      </Card>
      <Card title="Custom data">
        <DataLabels
          labels={license.customDataFieldLabels}
          save={(customDataFieldLabels) => change({ customDataFieldLabels })}
        />
      </Card>
      <Card title="Settings">
        <LicenseForm license={license} action="Save" save={change} />
      </Card>
    </Stack>
  )
}

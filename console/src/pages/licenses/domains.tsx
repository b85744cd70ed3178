import { Code, Stack, Text } from '@mantine/core'
import type { License } from '@sluice/sdk'
import { useOrganization } from '../../frame/session.ts'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { LineForm } from '../../parts/line-form.tsx'
import { Rows } from '../../parts/rows.tsx'

/** Where players with the license may run. */
export function Domains({ license, onChange }: { license: License; onChange(): Promise<unknown> }) {
  const { client } = useOrganization()
  const isLast = license.domains.length === 1
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        <Code>example.org</Code> is that host, with or without <Code>www.</Code>;{' '}
        <Code>*.example.org</Code> is every host below it.
      </Text>
      <Rows
        caption="Domains"
        head={['Domain', 'Action']}
        empty="Players may run anywhere. Once one is listed here, they may run there alone."
        rows={license.domains.map(({ id, url }) => ({
          key: id,
          cells: [
            <Code key="url">{url}</Code>,
            <ConfirmButton
              key="remove"
              label="Remove"
              what={url}
              title={`Remove ${url}?`}
              run={() => client.licenses.domains.delete(license.id, id).then(onChange)}
            >
              {isLast
                ? 'It is the only one: then players may run anywhere.'
                : 'Players there are denied from then on.'}
            </ConfirmButton>,
          ],
        }))}
      />
      <LineForm
        label="Domain"
        placeholder="example.org"
        maxLength={253}
        action="Add"
        failure="Not added"
        save={(url) => client.licenses.domains.add(license.id, url.trim()).then(onChange)}
      />
    </Stack>
  )
}

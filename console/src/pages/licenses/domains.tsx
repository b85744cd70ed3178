import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core'
import type { License } from '@sluice/sdk'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
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
      <AddDomain add={(url) => client.licenses.domains.add(license.id, url).then(onChange)} />
    </Stack>
  )
}

function AddDomain({ add }: { add(url: string): Promise<unknown> }) {
  const [url, setUrl] = useState('')
  const adding = useMutation({ mutationFn: add, onSuccess: () => setUrl('') })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    adding.mutate(url.trim())
  }
  return (
    <form onSubmit={submit}>
      <Stack maw={480}>
        <Group align="flex-end" wrap="nowrap">
          <TextInput
            label="Domain"
            placeholder="example.org"
            required
            withAsterisk={false}
            maxLength={253}
            flex={1}
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={adding.isPending}>
            Add
          </Button>
        </Group>
        {adding.error && <Failure title="Not added" error={adding.error} />}
      </Stack>
    </form>
  )
}

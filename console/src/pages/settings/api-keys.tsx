import { Stack, Text } from '@mantine/core'
import type { CreatedApiKey } from '@sluice/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { Instant } from '../../parts/instant.tsx'
import { LineForm } from '../../parts/line-form.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Rows } from '../../parts/rows.tsx'
import { ShownOnce } from '../../parts/shown-once.tsx'
import { settingsQueries } from './settings-queries.ts'

/** Each is shown once; what is kept of it is a hash. */
export function ApiKeys() {
  const acting = useOrganization()
  const { client } = acting
  const queryClient = useQueryClient()
  const { apiKeys } = settingsQueries(acting)
  const keys = useQuery(apiKeys)
  const reload = () => queryClient.invalidateQueries({ queryKey: apiKeys.queryKey })
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        Whoever has one acts as the whole organization: by the API, the command line, or here.
      </Text>
      <Loaded query={keys} what="the API keys">
        {(found) => (
          <Rows
            caption="API keys"
            head={['Name', 'Created', 'Action']}
            empty="None yet: nobody but the operator acts in this organization."
            rows={found.map(({ id, name, createdAt }) => ({
              key: id,
              cells: [
                name,
                <Instant key="created" at={createdAt} />,
                <ConfirmButton
                  key="revoke"
                  label="Revoke"
                  what={`the key ${name}`}
                  title={`Revoke the key “${name}”?`}
                  run={() => client.apiKeys.delete(id).then(reload)}
                >
                  Whatever uses it is refused at once, and so is every browser that signed in with
                  it: if that is how you came here, you will have to sign in with another.
                </ConfirmButton>,
              ],
            }))}
          />
        )}
      </Loaded>
      <CreateKey
        create={async (name) => {
          const key = await client.apiKeys.create({ name })
          await reload()
          return key
        }}
      />
    </Stack>
  )
}

function CreateKey({ create }: { create(name: string): Promise<CreatedApiKey> }) {
  // Not kept by the queries: the value goes when one leaves the page.
  const [created, setCreated] = useState<CreatedApiKey>()
  return (
    <Stack>
      {created && (
        <ShownOnce secret={created.value} what="the API key" title={`The key “${created.name}”`}>
          Sluice keeps its hash alone. Put it where your other secrets are, not into a repository.
        </ShownOnce>
      )}
      <LineForm
        label="Name of a new key"
        placeholder="nightly-reports"
        maxLength={255}
        action="Create"
        failure="No key was created"
        save={async (name) => {
          setCreated(undefined)
          setCreated(await create(name))
        }}
      />
    </Stack>
  )
}

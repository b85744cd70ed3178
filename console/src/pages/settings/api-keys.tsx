import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Instant } from '../../parts/instant.tsx'
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

function CreateKey({ create }: { create(name: string): Promise<{ name: string; value: string }> }) {
  const [name, setName] = useState('')
  // Not kept by the queries: the value goes when one leaves the page.
  const creating = useMutation({ mutationFn: create, onSuccess: () => setName(''), gcTime: 0 })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    creating.mutate(name)
  }
  return (
    <Stack>
      {creating.data && (
        <ShownOnce
          secret={creating.data.value}
          what="the API key"
          title={`The key “${creating.data.name}”`}
        >
          Sluice keeps its hash alone. Put it where your other secrets are, not into a repository.
        </ShownOnce>
      )}
      <form onSubmit={submit}>
        <Stack maw={480}>
          <Group align="flex-end" wrap="nowrap">
            <TextInput
              label="Name of a new key"
              placeholder="nightly-reports"
              required
              withAsterisk={false}
              maxLength={255}
              flex={1}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={creating.isPending}>
              Create
            </Button>
          </Group>
          {creating.error && <Failure title="No key was created" error={creating.error} />}
        </Stack>
      </form>
    </Stack>
  )
}

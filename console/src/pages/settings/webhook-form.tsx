import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core'
import type { NewWebhook, Webhook } from '@sluice/sdk'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Failure } from '../../parts/failure.tsx'
import { eventWords } from './events.ts'

type Entered = Pick<NewWebhook, 'name' | 'url' | 'events'>

function isEvent(text: string): text is Webhook['events'][number] {
  return Object.hasOwn(eventWords, text)
}

export function WebhookForm({
  webhook,
  action,
  save,
}: {
  webhook?: Webhook
  action: string
  save(entered: Entered): Promise<unknown>
}) {
  const [name, setName] = useState(webhook?.name ?? '')
  const [url, setUrl] = useState(webhook?.url ?? '')
  const [events, setEvents] = useState<string[]>(webhook?.events ?? ['export.failed'])
  const [isTried, setTried] = useState(false)
  const saving = useMutation({ mutationFn: save })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (events.length === 0) return
    saving.mutate({ ...(name !== '' && { name }), url: url.trim(), events: events.filter(isEvent) })
  }
  return (
    <form onSubmit={submit}>
      <Stack maw={560}>
        <TextInput
          label="Name"
          description="For you; without one it is known by its address."
          maxLength={255}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Address"
          description="Where messages go: https, at a public address."
          placeholder="https://hooks.example/sluice"
          type="url"
          required
          withAsterisk={false}
          maxLength={2048}
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <Checkbox.Group
          label="Tell it when"
          value={events}
          onChange={setEvents}
          error={isTried && events.length === 0 && 'Choose at least one.'}
        >
          <Stack gap="xs" mt="xs">
            {Object.entries(eventWords).map(([value, label]) => (
              <Checkbox key={value} value={value} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
        {saving.error && <Failure title="Not saved" error={saving.error} />}
        <Group>
          <Button type="submit" loading={saving.isPending}>
            {action}
          </Button>
          {saving.isSuccess && <span role="status">Saved.</span>}
        </Group>
      </Stack>
    </form>
  )
}

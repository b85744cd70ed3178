import { Button, Code, Stack, Text } from '@mantine/core'
import type { WebhookDelivery } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Disclosure } from '../../parts/disclosure.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Rows } from '../../parts/rows.tsx'
import { Status, type Tone } from '../../parts/status.tsx'
import { eventWords } from './events.ts'
import { settingsQueries } from './settings-queries.ts'

const states: Record<WebhookDelivery['status'], { tone: Tone; word: string }> = {
  PENDING: { tone: 'waiting', word: 'Pending' },
  DELIVERED: { tone: 'good', word: 'Delivered' },
  FAILED: { tone: 'bad', word: 'Failed' },
}

/** What was sent, and what the receiver said; each can be sent again. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const acting = useOrganization()
  const queries = useQueryClient()
  const options = settingsQueries(acting).deliveries(webhookId)
  const deliveries = useQuery(options)
  const replay = useMutation({
    mutationFn: (id: string) => acting.client.webhooks.replay(webhookId, id),
    onSuccess: () => queries.invalidateQueries({ queryKey: options.queryKey }),
  })
  return (
    <Stack>
      {replay.error && <Failure title="Not sent again" error={replay.error} />}
      <Loaded query={deliveries} what="the deliveries">
        {(found) => (
          <Rows
            caption="Deliveries"
            head={['Created', 'Told', 'State', 'Answer', 'Action']}
            empty="None in the last 30 days."
            rows={found.map((delivery) => ({
              key: delivery.id,
              cells: [
                <Instant key="created" at={delivery.createdAt} to="second" />,
                <Told key="told" delivery={delivery} />,
                <DeliveryState key="state" delivery={delivery} />,
                <Answer key="answer" delivery={delivery} />,
                <Button
                  key="replay"
                  size="xs"
                  variant="default"
                  aria-label={`Send again ${delivery.id}`}
                  loading={replay.isPending && replay.variables === delivery.id}
                  onClick={() => replay.mutate(delivery.id)}
                >
                  Send again
                </Button>,
              ],
            }))}
          />
        )}
      </Loaded>
    </Stack>
  )
}

function Told({ delivery: { event, payload } }: { delivery: WebhookDelivery }) {
  return (
    <>
      {eventWords[event]}
      <Disclosure summary="Message">
        <CodeBlock text={payload} what="the message" title={event} />
      </Disclosure>
    </>
  )
}

function DeliveryState({ delivery }: { delivery: WebhookDelivery }) {
  const { tone, word } = states[delivery.status]
  const { nextAttemptAt, attempts } = delivery
  return (
    <>
      <Status tone={tone}>{word}</Status>
      {nextAttemptAt !== undefined && attempts > 0 && (
        <Text size="xs" c="dimmed">
          after {attempts} {attempts === 1 ? 'attempt' : 'attempts'}; next{' '}
          <Instant at={nextAttemptAt} to="second" />
        </Text>
      )}
    </>
  )
}

function Answer({ delivery: { responseCode, problem } }: { delivery: WebhookDelivery }) {
  if (responseCode !== undefined) return <Code>{responseCode}</Code>
  return (
    <Text span size="sm" c="dimmed">
      {problem ?? 'none yet'}
    </Text>
  )
}

import { Alert, Button, Code, Group, List, Stack, Text } from '@mantine/core'
import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Remedy } from './remedy.tsx'

/** What has failed: an error of the API, or a task's or a check's, which knows its remedy. */
interface Failed {
  message: string
  code?: string | undefined
  remedy?: string | undefined
  requestId?: string | undefined
  details?: readonly string[] | undefined
}

/** Says what happened, what to do, and what to name when asking for help. */
export function Failure({
  title = 'That did not work',
  error,
  onRetry,
  children,
}: {
  title?: string
  error: unknown
  onRetry?: (() => void) | undefined
  /** Another way on. */
  children?: ReactNode
}) {
  const { message, code, remedy, requestId, details = [] } = describe(error)
  return (
    <Alert
      role="alert"
      variant="outline"
      color="var(--sluice-bad)"
      title={title}
      icon={<CircleAlert aria-hidden />}
    >
      <Stack gap="xs">
        <Text size="sm">{message}</Text>
        {details.length > 1 && (
          <List size="sm">
            {details.map((detail) => (
              <List.Item key={detail}>{detail}</List.Item>
            ))}
          </List>
        )}
        {remedy !== undefined && <Remedy text={remedy} />}
        <Group gap="xs">
          {code !== undefined && <Code>{code}</Code>}
          {requestId !== undefined && (
            <Text size="xs" c="dimmed">
              request <Code>{requestId}</Code>
            </Text>
          )}
        </Group>
        {onRetry !== undefined && (
          <Group>
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          </Group>
        )}
        {children}
      </Stack>
    </Alert>
  )
}

function describe(error: unknown): Failed {
  const { message, code, remedy, requestId, details } = Object(error)
  return { message: message ?? String(error), code, remedy, requestId, details }
}

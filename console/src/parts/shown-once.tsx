import { Alert, Stack, Text } from '@mantine/core'
import { KeyRound } from 'lucide-react'
import type { ReactNode } from 'react'
import { CodeBlock } from './code-block.tsx'

/** A secret that no later answer has. `what` names it: `the API key`. */
export function ShownOnce({
  secret,
  what,
  title,
  children,
}: {
  secret: string
  what: string
  title: string
  children: ReactNode
}) {
  return (
    <Alert
      role="status"
      variant="outline"
      color="var(--sluice-doubt)"
      title={title}
      icon={<KeyRound aria-hidden />}
    >
      <Stack gap="sm">
        <Text size="sm">{children}</Text>
        <CodeBlock text={secret} what={what} title="Copy it now: it is not shown again" />
      </Stack>
    </Alert>
  )
}

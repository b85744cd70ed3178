import {
  Alert,
  Button,
  Center,
  Group,
  Paper,
  PasswordInput,
  Stack,
  Text,
  Title,
} from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import markUrl from '../../frame/mark.svg'
import { openClient, sessionKey } from '../../frame/session.ts'
import { Failure } from '../../parts/failure.tsx'
import { linkErrorKey } from './sign-in-search.ts'

export function SignIn() {
  useDocumentTitle('Sign in · Sluice')
  const [apiKey, setApiKey] = useState('')
  const { ended } = useSearch({ from: '/sign-in' })
  const linkError = useQueryClient().getQueryData<Error>(linkErrorKey)
  const signIn = useSignIn()
  const error = signIn.error ?? linkError
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate(apiKey.trim())
  }
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={400} gap="lg">
        <Group gap="sm" justify="center">
          <img src={markUrl} alt="" width={36} height={36} />
          <Title order={1}>Sluice</Title>
        </Group>
        {ended && error === undefined && (
          <Alert variant="outline" title="Your session has ended">
            Sign in again, and you are back where you were.
          </Alert>
        )}
        <Paper component="form" onSubmit={submit}>
          <Stack>
            <PasswordInput
              label="API key"
              description="Of your organization. This browser keeps a session, never the key."
              withAsterisk={false}
              autoComplete="current-password"
              autoFocus
              required
              value={apiKey}
              onChange={(event) => setApiKey(event.currentTarget.value)}
            />
            <Button type="submit" loading={signIn.isPending} fullWidth>
              Sign in
            </Button>
            {error && <Failure title="Not signed in" error={error} />}
          </Stack>
        </Paper>
        <Text size="sm" c="dimmed" ta="center">
          No key yet? Whoever runs this Sluice makes the first one for your organization.
        </Text>
      </Stack>
    </Center>
  )
}

function useSignIn() {
  const queries = useQueryClient()
  const router = useRouter()
  const { return: back = '/' } = useSearch({ from: '/sign-in' })
  return useMutation({
    mutationFn: (apiKey: string) => openClient().session.start({ apiKey }),
    onSuccess: (session) => {
      queries.clear()
      queries.setQueryData(sessionKey, session)
      router.history.push(back)
    },
  })
}

import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CircleUser, LogOut } from 'lucide-react'
import { openClient, useSession } from './session.ts'

const schemes = { light: 'Light', dark: 'Dark', auto: 'As the system' }

function isScheme(value: string): value is keyof typeof schemes {
  return value in schemes
}

/** Who is signed in, how it looks, and the way out. */
export function AccountMenu() {
  const session = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const signOut = useSignOut()
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" ml="auto" aria-label="Account">
          <CircleUser size={22} strokeWidth={1.75} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          Signed in with the key “{session.apiKeyName ?? 'of the environment'}” of{' '}
          {session.organization.name}
        </Menu.Label>
        <Menu.Divider />
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => isScheme(value) && setColorScheme(value)}
        >
          {Object.entries(schemes).map(([value, label]) => (
            <Menu.RadioItem key={value} value={value}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function useSignOut() {
  const session = useSession()
  const queries = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: () => openClient(session).session.end(),
    onSuccess: async () => {
      await navigate({ to: '/sign-in' })
      queries.clear()
    },
  })
}

import { AppShell, Burger, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Outlet, useRouter, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import { LinkTo } from '../parts/links.tsx'
import { AccountMenu } from './account-menu.tsx'
import markUrl from './mark.svg'
import { Navigation } from './navigation.tsx'
import { OrganizationSwitcher } from './organization-switcher.tsx'

const NAVIGATION_WIDTH = 220

/** Around every page of somebody who is signed in. */
export function Frame() {
  const [isOpen, { toggle, close }] = useDisclosure()
  const pathname = useRouterState({ select: ({ location }) => location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has come elsewhere wants to see it
  useEffect(close, [pathname])
  useFocusOnArrival()
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: NAVIGATION_WIDTH, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <a href="#main" className="skip-link">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="md" wrap="nowrap">
          <Burger
            opened={isOpen}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={isOpen ? 'Close the navigation' : 'Open the navigation'}
            aria-expanded={isOpen}
          />
          <LinkTo to="/" underline="never" c="inherit" aria-label="Sluice">
            <Group gap="xs" wrap="nowrap">
              <img src={markUrl} alt="" width={26} height={26} />
              <Text fw={650} visibleFrom="xs">
                Sluice
              </Text>
            </Group>
          </LinkTo>
          <OrganizationSwitcher />
          <AccountMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Pages">
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="main" maw={1200 + NAVIGATION_WIDTH}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

/** A new page is announced by its heading, as a loaded document would be. */
function useFocusOnArrival(): void {
  const router = useRouter()
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
        if (fromLocation === undefined || !pathChanged) return
        document.querySelector<HTMLElement>('main h1')?.focus()
      }),
    [router],
  )
}

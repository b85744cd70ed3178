import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createAppRouter } from '../router.tsx'
import { cssVariables, theme } from '../theme.ts'
import { readNonce } from './nonce.ts'
import { createQueries } from './queries.ts'
import { sessionKey } from './session.ts'

const queries = createQueries({ onSessionEnd: () => void leave() })
const router = createAppRouter(queries)

/** Whoever signs in again finds themselves where they were. */
async function leave(): Promise<void> {
  const { pathname, href } = router.state.location
  if (pathname === '/sign-in') return
  await router.navigate({ to: '/sign-in', search: { return: href, ended: true } })
  // Not before: what is still on the screen would ask for it again.
  queries.removeQueries({ queryKey: sessionKey })
}

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={readNonce}
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}

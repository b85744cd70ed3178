import { Code, Select, Stack, Text } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { CodeBlock } from '../../parts/code-block.tsx'
import { isPlayer, playerLabels, snippetOf } from './snippets.ts'

const page = '/signed-in/organizations/$organizationId/licenses/$licenseId'

/** All that a page with a player needs. */
export function PlayerScript({ licenseKey }: { licenseKey: string }) {
  const search = useSearch({ from: page })
  const { player = 'html' } = search
  const navigate = useNavigate({ from: '/organizations/$organizationId/licenses/$licenseId' })
  const serviceUrl = globalThis.location.origin
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        Bitmovin’s own collector sends here once it has this license’s key and this service’s
        address. The npm package <Code>bitmovin-analytics</Code> is the same script, to serve it
        yourself.
      </Text>
      <Select
        label="Player"
        data={playerLabels}
        allowDeselect={false}
        maw={240}
        value={player}
        onChange={(value) => {
          if (isPlayer(value))
            void navigate({
              search: { ...search, player: value },
              replace: true,
              resetScroll: false,
            })
        }}
      />
      <CodeBlock
        title="HTML"
        what="the script"
        text={snippetOf(player, { licenseKey, serviceUrl })}
      />
    </Stack>
  )
}

import { Code, Stack, Text } from '@mantine/core'
import { Fragment, type ReactNode } from 'react'
import { CodeBlock } from './code-block.tsx'
import { splitRemedy } from './remedy-parts.ts'

/** What to do, its commands ready to be taken. */
export function Remedy({ text }: { text: string }) {
  const blocks: ReactNode[] = []
  let line: ReactNode[] = [<b key="begin">What to do: </b>]
  const endLine = () => {
    if (line.length > 0) blocks.push(<Text size="sm">{line}</Text>)
    line = []
  }
  for (const { kind, text: part } of splitRemedy(text)) {
    if (kind === 'words') line.push(<Fragment key={line.length}>{part}</Fragment>)
    else if (kind === 'named') line.push(<Code key={line.length}>{part}</Code>)
    else {
      endLine()
      blocks.push(<CodeBlock text={part} what={nameOf(part)} title={titleOf(part)} />)
    }
  }
  endLine()
  return (
    <Stack gap="xs">
      {blocks.map((block, position) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text's parts stay where they are
        <Fragment key={position}>{block}</Fragment>
      ))}
    </Stack>
  )
}

/** Several may stand on a page. */
function nameOf(command: string): string {
  const words = command.split(' ').filter((word) => word !== 'npx')
  return `the command ${words.slice(0, 3).join(' ')}`
}

function titleOf(command: string): string {
  return command.startsWith('aws') ? 'AWS CLI' : 'Sluice’s command line'
}

import { Box, Group, Text } from '@mantine/core'
import classes from './code-block.module.css'
import { Copy } from './copy.tsx'

/** A text to take elsewhere, whole. `what` names it for the button: `the trust policy`. */
export function CodeBlock({ text, what, title }: { text: string; what: string; title?: string }) {
  return (
    <Box className={classes.block}>
      <Group justify="space-between" wrap="nowrap" className={classes.head}>
        <Text size="xs" c="dimmed">
          {title}
        </Text>
        <Copy text={text} what={what} />
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the page is scrolled by keyboard */}
      <pre className={classes.text} tabIndex={0} data-line={text.includes('\n') ? undefined : true}>
        <code>{text}</code>
      </pre>
    </Box>
  )
}

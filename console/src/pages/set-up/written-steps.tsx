import { Code, Title } from '@mantine/core'
import Markdown from 'markdown-to-jsx/react'
import type { ReactElement, ReactNode } from 'react'
import { CodeBlock } from '../../parts/code-block.tsx'
import classes from './written-steps.module.css'

/** The steps for the AWS console, which the service writes as Markdown; HTML in it stays text. */
export default function WrittenSteps({ text }: { text: string }) {
  return (
    <div className={classes.steps}>
      <Markdown
        options={{
          disableParsingRawHTML: true,
          forceBlock: true,
          overrides: { h2: Heading, pre: Block, code: Code, a: Words, table: Nothing },
        }}
      >
        {stepsOf(text)}
      </Markdown>
    </div>
  )
}

/** What stands before the first section, and the table of permissions, the page tells in its own way. */
function stepsOf(text: string): string {
  return text.slice(Math.max(text.indexOf('\n## '), 0))
}

function Nothing() {
  return null
}

function Heading({ children }: { children?: ReactNode }) {
  return <Title order={3}>{children}</Title>
}

/** A name may look like a link: nobody is led anywhere by it. */
function Words({ children }: { children?: ReactNode }) {
  return <span>{children}</span>
}

function Block({ children }: { children?: ReactElement<{ children?: unknown }> }) {
  const text = String(children?.props.children ?? '')
  const name = nameOf(text)
  return <CodeBlock text={text} what={`the ${name}`} title={`The ${name}`} />
}

function nameOf(policy: string): string {
  if (policy.includes('sts:AssumeRole')) return 'trust policy'
  if (!policy.includes('"Principal"')) return 'policy'
  return policy.includes('kms:') ? 'key policy' : 'bucket policy'
}

import { Button, Group, List, Stack, Text } from '@mantine/core'
import type { OutputSetup } from '@sluice/sdk'
import { lazy, type ReactNode, Suspense } from 'react'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Download } from '../../parts/download.tsx'
import { Loading } from '../../parts/loading.tsx'
import type { Way } from './set-up-search.ts'

/** What reads Markdown is larger than the page around it. */
const WrittenSteps = lazy(() => import('./written-steps.tsx'))

const abouts: Record<Exclude<Way, 'console'>, { what: string; steps: ReactNode[] }> = {
  'aws-cli': {
    what: 'the script',
    steps: [
      'Open CloudShell in the AWS console, or a terminal where the AWS CLI acts as an administrator of the account.',
      'Copy the script, paste it there, and press Enter. It makes the bucket where it is missing, and the role. It may be run again.',
    ],
  },
  cloudformation: {
    what: 'the template',
    steps: [
      'Download the template. In the AWS console open CloudFormation, choose Create stack, then Upload a template file.',
      'Choose Next until you are asked, and acknowledge that the stack makes a role with a name of its own. MakeBucket: yes makes the bucket too.',
    ],
  },
  terraform: {
    what: 'the module',
    steps: [
      'Download the module into a directory of its own, or beside your other modules.',
      'Run terraform init, then terraform apply.',
    ],
  },
}

/** The kit’s document for this way, and what to do with it. */
export function WayOfMaking({ way, kit }: { way: Way; kit: OutputSetup }) {
  const file = kit.documents.find(({ format }) => format === way)
  if (file === undefined) return <Text size="sm">There is no such document for this output.</Text>
  if (way === 'console')
    return (
      <Suspense fallback={<Loading what="the steps" lines={8} />}>
        <WrittenSteps text={file.text} />
      </Suspense>
    )
  const { what, steps } = abouts[way]
  return (
    <Stack>
      <List type="ordered" size="sm" spacing={4} maw={720}>
        {steps.map((step, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change
          <List.Item key={at}>{step}</List.Item>
        ))}
      </List>
      {way === 'cloudformation' && kit.quickCreateUrl !== undefined && (
        <QuickCreate url={kit.quickCreateUrl} />
      )}
      <CodeBlock text={file.text} what={what} title={file.fileName} />
      <Group>
        <Download file={file} />
      </Group>
    </Stack>
  )
}

function QuickCreate({ url }: { url: string }) {
  return (
    <Group>
      <Button component="a" href={url} target="_blank" rel="noreferrer" variant="light">
        Or open the filled-in stack in AWS
      </Button>
      <Text size="sm" c="dimmed">
        Sign in to the role’s account first.
      </Text>
    </Group>
  )
}

import { List, Stack, Text } from '@mantine/core'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Remedy } from '../../parts/remedy.tsx'
import { CorrectedPolicy } from './corrected-policy.tsx'
import type { Step } from './use-verification.ts'

const likelihoods = { CERTAIN: 'For certain', LIKELY: 'Likely', POSSIBLE: 'Possibly' }
const actors = {
  CUSTOMER: 'This is for you to change, in your AWS account.',
  OPERATOR: 'This is for the operator of Sluice to change; nothing is wrong in your account.',
  NOBODY: 'Nobody has to change anything: verify again in some minutes.',
}

/** Why it failed, the likeliest first, and what to change. */
export function StepCauses({ step, outputId }: { step: Step; outputId: string }) {
  const policies = distinct(step.causes.flatMap(({ policy }) => policy ?? []))
  const commands = new Set(step.causes.flatMap(({ command }) => command ?? []))
  return (
    <Stack gap="sm">
      {step.actor && (
        <Text size="sm" fw={600}>
          {actors[step.actor]}
        </Text>
      )}
      <List size="sm" spacing="xs">
        {step.causes.map(({ code, likelihood, message, remedy }) => (
          <List.Item key={code}>
            <b>{likelihoods[likelihood]}:</b> {message}
            <Remedy text={remedy} />
          </List.Item>
        ))}
      </List>
      {policies.map(({ kind, json }) => (
        <CorrectedPolicy key={kind} kind={kind} json={json} outputId={outputId} />
      ))}
      {[...commands].map((command) => (
        <CodeBlock
          key={command}
          text={command}
          what="the command"
          title="The same with the AWS CLI"
        />
      ))}
    </Stack>
  )
}

type Policy = NonNullable<Step['causes'][number]['policy']>

/** Several causes may be mended by one policy. */
function distinct(policies: Policy[]): Policy[] {
  return [...new Map(policies.map((policy) => [policy.kind, policy])).values()]
}

import { List, Loader, Stack, Text, Title, VisuallyHidden } from '@mantine/core'
import { CircleCheck, CircleDashed, CircleQuestionMark, CircleX } from 'lucide-react'
import { StepCalls } from './step-calls.tsx'
import { StepCauses } from './step-causes.tsx'
import { negativeProbes, stepNames, stepTexts } from './step-names.ts'
import type { Step } from './use-verification.ts'
import classes from './verification-steps.module.css'

const marks = {
  PASSED: { Icon: CircleCheck, color: 'var(--sluice-good)', word: 'Passed' },
  FAILED: { Icon: CircleX, color: 'var(--sluice-bad)', word: 'Failed' },
  INCONCLUSIVE: { Icon: CircleQuestionMark, color: 'var(--sluice-doubt)', word: 'Inconclusive' },
  SKIPPED: { Icon: CircleDashed, color: 'var(--mantine-color-dimmed)', word: 'Skipped' },
}

/** Each step as it ends; those to come are named before. */
export function VerificationSteps({
  steps,
  isRunning,
  waitsFor,
  outputId,
}: {
  steps: Step[]
  isRunning: boolean
  /** Of the step that is under way. */
  waitsFor?: string | undefined
  outputId: string
}) {
  return (
    <ol className={classes.steps} aria-live="polite" aria-busy={isRunning}>
      {steps.map((step) => (
        <EndedStep key={step.name} step={step} outputId={outputId} />
      ))}
      {isRunning &&
        stepNames
          .slice(steps.length)
          .map((name, at) => (
            <ComingStep key={name} name={name} isNext={at === 0} waitsFor={waitsFor} />
          ))}
    </ol>
  )
}

function EndedStep({ step, outputId }: { step: Step; outputId: string }) {
  const { Icon, color, word } = marks[step.status]
  return (
    <li className={classes.step}>
      <Icon size={20} color={color} aria-hidden />
      <Stack gap="xs">
        <div>
          <Title order={3}>
            {stepTexts[step.name].title}
            <VisuallyHidden>: {word}</VisuallyHidden>
          </Title>
          <Text size="sm" c={step.status === 'SKIPPED' ? 'dimmed' : undefined}>
            {step.message}
          </Text>
        </div>
        {step.name === 'EXTERNAL_ID' && step.status !== 'SKIPPED' && <NegativeProbes />}
        {step.causes.length > 0 && <StepCauses step={step} outputId={outputId} />}
        {step.calls.length > 0 && (
          <StepCalls calls={step.calls} name={stepTexts[step.name].title} />
        )}
      </Stack>
    </li>
  )
}

function ComingStep({
  name,
  isNext,
  waitsFor,
}: {
  name: Step['name']
  isNext: boolean
  waitsFor: string | undefined
}) {
  const { title, about } = stepTexts[name]
  return (
    <li className={classes.step}>
      {isNext ? (
        <Loader size={18} aria-hidden />
      ) : (
        <CircleDashed size={20} color="var(--mantine-color-dimmed)" aria-hidden />
      )}
      <div>
        <Title order={3} c="dimmed">
          {title}
          <VisuallyHidden>: {isNext ? 'under way' : 'waits for its turn'}</VisuallyHidden>
        </Title>
        {isNext && (
          <Text size="sm" c="dimmed">
            {waitsFor ?? about}
          </Text>
        )}
      </div>
    </li>
  )
}

function NegativeProbes() {
  return (
    <div>
      <Text size="sm">Four wrong ways in were tried:</Text>
      <List size="sm" spacing={2}>
        {negativeProbes.map((probe) => (
          <List.Item key={probe}>{probe}</List.Item>
        ))}
      </List>
    </div>
  )
}

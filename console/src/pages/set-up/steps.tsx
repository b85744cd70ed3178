import { VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ActingIn, useOrganization } from '../../frame/session.ts'
import { LinkTo } from '../../parts/links.tsx'
import { currentVerdictOf } from '../../parts/verdict.ts'
import { outputQueries } from '../output/output-queries.ts'
import classes from './steps.module.css'

const setUpSteps = ['role', 'verification', 'export'] as const
/** Of those that an output has. */
type SetUpStep = (typeof setUpSteps)[number]
type Step = 'bucket' | 'external-id' | SetUpStep

const names: Record<Step, string> = {
  bucket: 'Your bucket',
  'external-id': 'External id',
  role: 'Make the role',
  verification: 'Verify',
  export: 'First export',
}
const order = Object.keys(names) as Step[]

/** Where one is in the set-up. What an output has can be gone to in any order. */
export function Steps({ current, outputId }: { current: Step; outputId?: string }) {
  const acting = useOrganization()
  const { organization } = acting
  const isVerified = useIsVerified(acting, outputId)
  const at = order.indexOf(current)
  const isDone = (step: Step, index: number) =>
    index < at && (step !== 'verification' || isVerified)
  return (
    <nav aria-label="Steps of the set-up">
      <ol className={classes.steps}>
        {order.map((step, index) => {
          const isLink = outputId !== undefined && isSetUpStep(step) && step !== current
          const looks = [
            classes.step,
            isDone(step, index) && classes.done,
            index === at && classes.current,
          ]
          const name = (
            <>
              {index + 1}
              <span className={classes.name}>. {names[step]}</span>
            </>
          )
          return (
            <li
              key={step}
              className={looks.filter(Boolean).join(' ')}
              aria-current={index === at ? 'step' : undefined}
            >
              {isLink ? (
                <LinkTo
                  to="/organizations/$organizationId/outputs/$outputId/set-up/$step"
                  params={{ organizationId: organization.id, outputId, step }}
                >
                  {name}
                </LinkTo>
              ) : (
                name
              )}
              {isDone(step, index) && <VisuallyHidden> (done)</VisuallyHidden>}
            </li>
          )
        })}
      </ol>
    </nav>
  )
}

/** The one step that may be passed over. */
function useIsVerified(acting: ActingIn, outputId: string | undefined): boolean {
  const { data: report } = useQuery({
    ...outputQueries(acting, outputId ?? '').verification,
    enabled: outputId !== undefined,
  })
  return report ? currentVerdictOf(report) === 'PASSED' : false
}

export function isSetUpStep(text: string): text is SetUpStep {
  return setUpSteps.some((step) => step === text)
}

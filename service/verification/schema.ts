import { Type } from 'typebox'
import { checkNames, checkStatuses } from '#delivery'
import { formatInstant, Instant } from '#http'
import { type CauseCode, causeMeanings, likelihoods, policyKinds } from './causes.ts'
import type { Progress } from './progress.ts'
import { actors, type VerificationStep } from './report.ts'
import type { RoleState } from './role-state.ts'
import type { Verification } from './verify.ts'

const verdicts = ['PASSED', 'FAILED', 'INCONCLUSIVE'] as const
const Verdict = Type.Enum([...verdicts])

export const VerificationBody = Type.Object(
  {
    wholeObject: Type.Optional(
      Type.Boolean({
        description:
          'Also put a small object, and remove it where the role may. Otherwise nothing is left in the ' +
          'bucket: an upload is begun and given up.',
      }),
    ),
  },
  { title: 'NewAnalyticsS3RoleBasedOutputVerification' },
)

const Cause = Type.Object({
  code: Type.Enum(Object.keys(causeMeanings) as CauseCode[]),
  likelihood: Type.Enum([...likelihoods]),
  message: Type.String(),
  remedy: Type.String({ description: 'What to change, with real values.' }),
  command: Type.Optional(Type.String({ description: 'The same for the AWS CLI.' })),
  policy: Type.Optional(
    Type.Object({
      kind: Type.Enum([...policyKinds]),
      json: Type.String({ description: 'Corrected, to paste.' }),
    }),
  ),
})

const Call = Type.Object({
  operation: Type.String({ examples: ['AssumeRole'] }),
  sent: Type.String(),
  at: Instant,
  durationMs: Type.Integer(),
  answer: Type.String({ description: 'OK, or AWS’s code.' }),
  message: Type.Optional(Type.String({ description: 'AWS’s, without secrets.' })),
  httpStatus: Type.Optional(Type.Integer()),
  requestId: Type.Optional(Type.String()),
  extendedRequestId: Type.Optional(Type.String()),
})

const Step = Type.Object({
  name: Type.Enum([...checkNames]),
  status: Type.Enum([...checkStatuses]),
  message: Type.String(),
  code: Type.Optional(Type.String()),
  actor: Type.Optional(Type.Enum([...actors], { description: 'Who must act.' })),
  remedy: Type.Optional(Type.String()),
  causes: Type.Array(Cause, { description: 'The likeliest first.' }),
  calls: Type.Array(Call),
  durationMs: Type.Integer(),
})

const Turn = Type.Object({
  at: Instant,
  verdict: Verdict,
  code: Type.Optional(Type.String()),
  why: Type.String(),
})

export const RoleStateAnswer = Type.Object({
  verdict: Verdict,
  since: Instant,
  probedAt: Instant,
  nextProbeAt: Instant,
  code: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  remedy: Type.Optional(Type.String()),
  inconclusiveMessage: Type.Optional(
    Type.String({ description: 'The last probes were not clear, and left the verdict as it was.' }),
  ),
  turns: Type.Array(Turn, { description: 'The newest first.' }),
})

export const VerificationAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    outputId: Type.String({ format: 'uuid' }),
    createdAt: Instant,
    verdict: Verdict,
    roleArn: Type.String(),
    externalId: Type.String(),
    principalArn: Type.String(),
    sessionName: Type.String(),
    bucketName: Type.String(),
    pathPrefix: Type.String(),
    steps: Type.Array(Step),
    role: Type.Optional(RoleStateAnswer),
  },
  { title: 'AnalyticsS3RoleBasedOutputVerification' },
)

export const ProgressAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    outputId: Type.String({ format: 'uuid' }),
    createdAt: Instant,
    status: Type.Enum(['RUNNING', 'ENDED', 'BROKEN_OFF'], {
      description:
        'BROKEN_OFF: whoever asked for it has gone, or the service stopped; there is no report.',
    }),
    steps: Type.Array(Step, { description: 'Those that have ended, in order.' }),
    waitsFor: Type.Optional(
      Type.String({
        description:
          'Why the step that is under way takes longer: AWS has refused what a change of IAM may allow in ' +
          'some seconds.',
      }),
    ),
  },
  { title: 'AnalyticsS3RoleBasedOutputVerificationProgress' },
)

export function writeProgressAnswer({ createdAt, steps, ...progress }: Progress) {
  return { ...progress, createdAt: formatInstant(createdAt), steps: steps.map(writeStep) }
}

function writeStep(step: VerificationStep) {
  return { ...step, causes: [...step.causes], calls: [...step.calls] }
}

export function writeVerification(verification: Verification, role: RoleState | undefined) {
  const { createdAt, ...report } = verification
  return {
    ...report,
    createdAt: formatInstant(createdAt),
    steps: report.steps.map(writeStep),
    ...(role && { role: writeRole(role) }),
  }
}

export function writeRole({ since, probedAt, nextProbeAt, turns, ...role }: RoleState) {
  return {
    ...role,
    since: formatInstant(since),
    probedAt: formatInstant(probedAt),
    nextProbeAt: formatInstant(nextProbeAt),
    turns: turns.map(({ at, ...turn }) => ({ ...turn, at: formatInstant(at) })),
  }
}

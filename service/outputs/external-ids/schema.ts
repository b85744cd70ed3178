import { type Static, Type } from 'typebox'
import { formatInstant, Instant } from '#http'
import { writeTrustPolicy } from '#setup'
import { Policy } from '../setup-schema.ts'
import { withoutAbsent } from '../without-absent.ts'
import type { Rotation } from './find-rotation.ts'
import type { HandedOutExternalId } from './handed-out.ts'
import { rotationSteps } from './rotation-step.ts'

const NAME_LENGTH_MAX = 255
const DESCRIPTION_LENGTH_MAX = 2000

export const ExternalIdBody = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: NAME_LENGTH_MAX })),
    description: Type.Optional(Type.String({ maxLength: DESCRIPTION_LENGTH_MAX })),
  },
  { title: 'NewAnalyticsExternalId' },
)

export const ExternalIdAnswer = Type.Object(
  {
    externalId: Type.String({ description: 'What the role’s trust policy must demand.' }),
    externalIdMode: Type.Literal('GENERATED'),
    principalArn: Type.String({ description: 'Sluice’s own user or role.' }),
    trustPolicy: Policy,
    name: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    outputId: Type.Optional(
      Type.String({ format: 'uuid', description: 'The one output that has taken it.' }),
    ),
    createdAt: Instant,
  },
  { title: 'AnalyticsExternalId' },
)

export function readExternalId(body: Static<typeof ExternalIdBody>) {
  return { name: body.name, description: body.description }
}

export function writeExternalId(handedOut: HandedOutExternalId, principalArn: string) {
  const { createdAt, ...members } = handedOut
  return {
    ...withoutAbsent(members),
    principalArn,
    trustPolicy: { ...writeTrustPolicy({ principalArn, externalIds: [handedOut.externalId] }) },
    externalIdMode: 'GENERATED' as const,
    createdAt: formatInstant(createdAt),
  }
}

export const RotationAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    outputId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Absent: the organization’s GLOBAL id rotates, for all outputs that have it.',
      }),
    ),
    step: Type.Enum([...rotationSteps], {
      description:
        'NEXT_ISSUED: the trust policy must demand either id; PROMOTED: the next one is present, and ' +
        'the old one is to be taken out of the trust policy; RETIRED: the old one is retired; ' +
        'CANCELLED: the next one is retired. RETIRED and CANCELLED are the end.',
    }),
    oldExternalId: Type.String(),
    nextExternalId: Type.String(),
    startedAt: Instant,
    promotedAt: Type.Optional(Instant),
    endedAt: Type.Optional(Instant),
  },
  { title: 'AnalyticsExternalIdRotation' },
)

export function writeRotation(rotation: Rotation) {
  const { id, outputId, step, oldExternalId, nextExternalId, startedAt } = rotation
  const { promotedAt, endedAt } = rotation
  return {
    ...withoutAbsent({
      outputId: outputId ?? undefined,
      promotedAt: promotedAt && formatInstant(promotedAt),
      endedAt: endedAt && formatInstant(endedAt),
    }),
    ...{ id, step, oldExternalId, nextExternalId },
    startedAt: formatInstant(startedAt),
  }
}

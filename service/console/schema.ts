import { Type } from 'typebox'
import { formatInstant, Instant } from '#http'
import { type Organization, OrganizationAnswer, writeOrganization } from '#organizations'
import type { Session } from './sessions.ts'

const secret = { minLength: 1, maxLength: 1024 }

export const SessionBody = Type.Object(
  {
    apiKey: Type.Optional(Type.String(secret)),
    signInToken: Type.Optional(
      Type.String({
        ...secret,
        description: 'Instead of the key: of a link that npm run dev has printed.',
      }),
    ),
  },
  { title: 'NewSession' },
)

export const SessionAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    apiKeyName: Type.Optional(
      Type.String({ description: 'Absent: the operator’s key of the environment.' }),
    ),
    organization: OrganizationAnswer,
    isOperator: Type.Boolean({ description: 'Acts in every organization.' }),
    csrfToken: Type.String({
      description: 'Goes in the header X-Csrf-Token of every request that changes something.',
    }),
    createdAt: Instant,
    endsAt: { ...Instant, description: 'When no further request comes.' },
  },
  { title: 'Session' },
)

export const EndedSessionAnswer = Type.Object({ id: Type.String({ format: 'uuid' }) })

interface SessionOwner {
  session: Session
  apiKeyName: string | undefined
  organization: Organization
  isOperator: boolean
}

export function writeSessionAnswer({
  session,
  apiKeyName,
  organization,
  isOperator,
}: SessionOwner) {
  return {
    id: session.id,
    ...(apiKeyName !== undefined && { apiKeyName }),
    organization: writeOrganization(organization),
    isOperator,
    csrfToken: session.csrfToken,
    createdAt: formatInstant(session.createdAt),
    endsAt: formatInstant(session.endsAt),
  }
}

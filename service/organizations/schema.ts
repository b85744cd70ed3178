import { Type } from 'typebox'
import { formatInstant, Instant } from '#http'
import type { ApiKey } from './api-keys.ts'
import type { Organization } from './organizations.ts'

const NAME_LENGTH_MAX = 255
const Name = Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })
const OrganizationType = Type.Enum(['ROOT_ORGANIZATION', 'SUB_ORGANIZATION'])

export const OrganizationBody = Type.Object(
  {
    name: Name,
    type: Type.Optional(OrganizationType),
    labelColor: Type.Optional(
      Type.String({ pattern: '^#[0-9A-Fa-f]{6}$', mistake: 'must be a color such as #1A2B3C' }),
    ),
  },
  { title: 'NewOrganization' },
)

export const OrganizationAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    type: OrganizationType,
    parentId: Type.Optional(Type.String({ format: 'uuid' })),
    labelColor: Type.Optional(Type.String()),
    createdAt: Instant,
    modifiedAt: Instant,
  },
  { title: 'Organization' },
)

export function writeOrganization(organization: Organization) {
  const isRoot = organization.parentId === undefined
  return {
    id: organization.id,
    name: organization.name,
    type: isRoot ? ('ROOT_ORGANIZATION' as const) : ('SUB_ORGANIZATION' as const),
    ...(organization.parentId && { parentId: organization.parentId }),
    ...(organization.labelColor && { labelColor: organization.labelColor }),
    createdAt: formatInstant(organization.createdAt),
    modifiedAt: formatInstant(organization.modifiedAt),
  }
}

/** Official SDKs create a key without a body. */
export const ApiKeyBody = Type.Object({ name: Type.Optional(Name) }, { title: 'NewApiKey' })

const apiKeyMembers = {
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  createdAt: Instant,
}

export const ApiKeyAnswer = Type.Object(apiKeyMembers, { title: 'ApiKey' })

export const CreatedApiKeyAnswer = Type.Object(
  {
    ...apiKeyMembers,
    value: Type.String({ description: 'The key. Shown this once: only its hash is kept.' }),
  },
  { title: 'CreatedApiKey' },
)

export function writeApiKey(key: ApiKey) {
  return { id: key.id, name: key.name, createdAt: formatInstant(key.createdAt) }
}

import { type Static, Type } from 'typebox'
import { invalidRequest } from '#errors'
import { formatInstant, Instant } from '#http'
import { CUSTOM_DATA_FIELDS } from '#samples'
import { Labels, TimeZone } from './schema.ts'
import type { NewVirtualLicense, VirtualLicense } from './virtual-licenses.ts'

const LICENSES_MAX = 50
const NAME_LENGTH_MAX = 255

export const VirtualLicenseBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }),
    timezone: TimeZone,
    licenses: Type.Array(
      Type.Object({
        id: Type.Optional(Type.String()),
        licenseKey: Type.Optional(Type.String()),
        orgId: Type.Optional(Type.String()),
      }),
      {
        minItems: 1,
        maxItems: LICENSES_MAX,
        description: 'Licenses of this organization, each by its id, its licenseKey, or both',
      },
    ),
    customDataFieldLabels: Type.Optional(Labels),
  },
  { title: 'NewVirtualLicense' },
)

export const VirtualLicenseAnswer = Type.Object(
  {
    id: Type.String({
      format: 'uuid',
      description: 'Stands where a licenseKey is asked for: in export tasks and queries.',
    }),
    name: Type.String(),
    timezone: Type.String(),
    retentionTime: Type.String({ description: 'The shortest of its licenses’' }),
    licenses: Type.Array(
      Type.Object({
        id: Type.String(),
        licenseKey: Type.String(),
        orgId: Type.String(),
        name: Type.String(),
      }),
    ),
    customDataFieldsCount: Type.Integer(),
    customDataFieldLabels: Labels,
    createdAt: Instant,
    modifiedAt: Instant,
  },
  { title: 'VirtualLicense' },
)

/** Throws INVALID_REQUEST for licenses that are not named at all. */
export function readVirtualLicense(body: Static<typeof VirtualLicenseBody>): NewVirtualLicense {
  const { name, timezone: timeZone, licenses, customDataFieldLabels = {} } = body
  const mistakes = licenses.flatMap(({ id, licenseKey }, index) =>
    id === undefined && licenseKey === undefined
      ? [{ field: `licenses.${index}`, text: 'must have an id or a licenseKey' }]
      : [],
  )
  if (mistakes.length > 0) throw invalidRequest(mistakes)
  return { name, timeZone, licenses, customDataFieldLabels }
}

export function writeVirtualLicense(virtual: VirtualLicense) {
  const { id, name, timeZone: timezone, licenses, customDataFieldLabels } = virtual
  const retentionDays = Math.min(...licenses.map((license) => license.retentionDays))
  return {
    id,
    name,
    timezone,
    retentionTime: `P${retentionDays}D`,
    licenses: licenses.map((license) => ({
      id: license.id,
      licenseKey: license.licenseKey,
      orgId: license.organizationId,
      name: license.name,
    })),
    customDataFieldsCount: CUSTOM_DATA_FIELDS,
    customDataFieldLabels,
    createdAt: formatInstant(virtual.createdAt),
    modifiedAt: formatInstant(virtual.modifiedAt),
  }
}

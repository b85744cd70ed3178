import { type Static, Type } from 'typebox'
import { formatInstant, Instant } from '#http'
import type { LicenseDetails, NewLicense } from './licenses.ts'

const NAME_LENGTH_MAX = 255
const DOMAINS_MAX = 100
const URL_LENGTH_MAX = 253
/** A year and a month: last year's month can be compared with this one's. */
const RETENTION_DAYS_DEFAULT = 395

export const LicenseBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }),
    timeZone: Type.Optional(
      Type.String({
        format: 'time-zone',
        description: 'IANA name; UTC when absent',
        examples: ['Europe/Vienna'],
      }),
    ),
    ignoreDNT: Type.Optional(
      Type.Boolean({ description: 'Take samples from users who ask not to be tracked' }),
    ),
    domains: Type.Optional(
      Type.Array(Type.Object({ url: Type.String({ minLength: 1, maxLength: URL_LENGTH_MAX }) }), {
        maxItems: DOMAINS_MAX,
        description: 'Where players may run; none: anywhere',
      }),
    ),
    retentionTime: Type.Optional(
      Type.String({
        pattern: '^P[1-9]\\d{0,3}D$',
        mistake: 'must be a duration from P1D to P9999D',
        description: 'How long samples are kept, in days; P395D when absent',
      }),
    ),
    customData: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { title: 'NewLicense' },
)

export const LicenseAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    licenseKey: Type.String({ format: 'uuid' }),
    timeZone: Type.String(),
    ignoreDNT: Type.Boolean(),
    retentionTime: Type.String({ description: 'ISO 8601 duration' }),
    domains: Type.Array(Type.Object({ id: Type.String(), url: Type.String() })),
    playerDomains: Type.Array(Type.String()),
    includeInInsights: Type.Boolean(),
    customDataFieldsCount: Type.Integer(),
    customDataFieldLabels: Type.Record(Type.String(), Type.String()),
    createdAt: Instant,
    modifiedAt: Instant,
  },
  { title: 'License' },
)

export function readLicense(body: Static<typeof LicenseBody>): NewLicense {
  return {
    name: body.name,
    timeZone: body.timeZone ?? 'UTC',
    retentionDays: body.retentionTime
      ? Number(body.retentionTime.slice(1, -1))
      : RETENTION_DAYS_DEFAULT,
    ignoreDNT: body.ignoreDNT ?? false,
    domains: (body.domains ?? []).map(({ url }) => url),
    customData: body.customData ?? {},
  }
}

const CUSTOM_DATA_FIELDS = 100

export function writeLicense(license: LicenseDetails) {
  return {
    id: license.id,
    name: license.name,
    licenseKey: license.licenseKey,
    timeZone: license.timeZone,
    ignoreDNT: license.ignoreDNT,
    retentionTime: `P${license.retentionDays}D`,
    domains: license.domains,
    playerDomains: license.domains.map(({ url }) => url),
    includeInInsights: false,
    customDataFieldsCount: CUSTOM_DATA_FIELDS,
    customDataFieldLabels: {},
    createdAt: formatInstant(license.createdAt),
    modifiedAt: formatInstant(license.modifiedAt),
  }
}

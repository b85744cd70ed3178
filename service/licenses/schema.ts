import { type Static, Type } from 'typebox'
import { formatInstant, Instant } from '#http'
import { CUSTOM_DATA_FIELDS } from '#samples'
import { domainsMax } from './domains.ts'
import type { LicenseDetails, NewLicense } from './licenses.ts'

const NAME_LENGTH_MAX = 255
const URL_LENGTH_MAX = 253
/** A year and a month: last year's month can be compared with this one's. */
const RETENTION_DAYS_DEFAULT = 395

const text = (description: string) =>
  Type.Optional(Type.String({ maxLength: NAME_LENGTH_MAX, description }))

export const TimeZone = Type.String({
  format: 'time-zone',
  description: 'IANA name',
  examples: ['Europe/Vienna'],
})

const FIELD = '^customData([1-9]|[1-9]\\d|100)$'

/** What the customer calls their fields of custom data. */
export const Labels = Type.Record(
  Type.String({ pattern: FIELD }),
  Type.String({ maxLength: NAME_LENGTH_MAX }),
  {
    additionalProperties: false,
    description: 'What custom data is called: { "customData1": "tier" }, up to customData100',
  },
)

export const DomainBody = Type.Object(
  { url: Type.String({ minLength: 1, maxLength: URL_LENGTH_MAX }) },
  { title: 'NewLicenseDomain' },
)

const members = {
  name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }),
  timeZone: Type.Optional({ ...TimeZone, description: 'IANA name; UTC when absent' }),
  ignoreDNT: Type.Optional(
    Type.Boolean({ description: 'Take samples from users who ask not to be tracked' }),
  ),
  domains: Type.Optional(
    Type.Array(Type.Object({ url: DomainBody.properties.url }), {
      maxItems: domainsMax,
      description: 'Where players may run; none: anywhere',
    }),
  ),
  industry: text('For people'),
  subIndustry: text('For people'),
  customDataFieldLabels: Type.Optional(Labels),
  retentionTime: Type.Optional(
    Type.String({
      pattern: '^P[1-9]\\d{0,3}D$',
      mistake: 'must be a duration from P1D to P9999D',
      description:
        `How long samples are kept, in days; P${RETENTION_DAYS_DEFAULT}D when absent. A change holds for ` +
        'samples that are stored from then on.',
    }),
  ),
  customData: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
}

export const LicenseBody = Type.Object(members, { title: 'NewLicense' })

/** The SDKs send the whole license again, of which the members that only we write are let pass. */
export const LicenseChangeBody = Type.Object(
  {
    ...members,
    name: Type.Optional(members.name),
    timeZone: Type.Optional(TimeZone),
  },
  { title: 'LicenseChange', description: 'A member that is absent stays as it is.' },
)

export const DomainAnswer = Type.Object(
  { id: Type.String(), url: Type.String() },
  { title: 'LicenseDomain' },
)

export const LicenseAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    licenseKey: Type.String({ format: 'uuid' }),
    timeZone: Type.String(),
    ignoreDNT: Type.Boolean(),
    retentionTime: Type.String({ description: 'ISO 8601 duration' }),
    domains: Type.Array(Type.Object(DomainAnswer.properties)),
    playerDomains: Type.Array(Type.String()),
    includeInInsights: Type.Boolean(),
    industry: Type.Optional(Type.String()),
    subIndustry: Type.Optional(Type.String()),
    impressions: Type.Optional(
      Type.Integer({
        description:
          'Plays among the samples that are kept: impressions with a videoStartupTime of at least 1 ms. ' +
          'Absent while the sample store does not answer.',
      }),
    ),
    features: Type.Object({
      errorDetails: Type.Object({
        enabled: Type.Boolean(),
        networkExplorerEnabled: Type.Boolean(),
      }),
    }),
    customDataFieldsCount: Type.Integer(),
    customDataFieldLabels: Labels,
    createdAt: Instant,
    modifiedAt: Instant,
  },
  { title: 'License' },
)

export function readLicense(body: Static<typeof LicenseBody>): NewLicense {
  return {
    timeZone: 'UTC',
    retentionDays: RETENTION_DAYS_DEFAULT,
    ignoreDNT: false,
    domains: [],
    customData: {},
    ...readChange(body),
    name: body.name,
  }
}

/** Without the members that the body does not have. */
export function readChange(body: Static<typeof LicenseChangeBody>): Partial<NewLicense> {
  const { name, timeZone, ignoreDNT, industry, subIndustry, customDataFieldLabels } = body
  const { domains, retentionTime, customData } = body
  return {
    ...(name !== undefined && { name }),
    ...(timeZone !== undefined && { timeZone }),
    ...(ignoreDNT !== undefined && { ignoreDNT }),
    ...(industry !== undefined && { industry }),
    ...(subIndustry !== undefined && { subIndustry }),
    ...(customDataFieldLabels !== undefined && { customDataFieldLabels }),
    ...(domains !== undefined && { domains: domains.map(({ url }) => url) }),
    ...(retentionTime !== undefined && { retentionDays: Number(retentionTime.slice(1, -1)) }),
    ...(customData !== undefined && { customData }),
  }
}

export function writeLicense(license: LicenseDetails, impressions: number | undefined) {
  const { industry, subIndustry } = license
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
    ...(industry !== undefined && { industry }),
    ...(subIndustry !== undefined && { subIndustry }),
    ...(impressions !== undefined && { impressions }),
    features: { errorDetails: { enabled: true, networkExplorerEnabled: true } },
    customDataFieldsCount: CUSTOM_DATA_FIELDS,
    customDataFieldLabels: license.customDataFieldLabels,
    createdAt: formatInstant(license.createdAt),
    modifiedAt: formatInstant(license.modifiedAt),
  }
}

/** A license separates an organization's samples; players send its key, which is no secret. */
import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import {
  type Database,
  isUuid,
  type OrganizationId,
  type OrganizationScope,
  readPage,
} from '#database'
import { notFound } from '#errors'
import { cacheOf } from './license-cache.ts'
import type { CustomDataFieldLabels, LicenseDomain, LicenseRow } from './rows.ts'

export { licenseRoutes } from './routes.ts'
export {
  createVirtualLicense,
  deleteVirtualLicense,
  getLicenses,
  getTimeZone,
} from './virtual-licenses.ts'

export interface License {
  id: string
  organizationId: OrganizationId
  licenseKey: string
  name: string
  /** IANA name. */
  timeZone: string
  retentionDays: number
  /** Take samples from players whose user asks not to be tracked. */
  ignoreDNT: boolean
  /** Where players may run; empty: anywhere. */
  domains: string[]
}

/** As the owner sees it. */
export interface LicenseDetails extends Omit<License, 'domains'> {
  domains: LicenseDomain[]
  industry: string | undefined
  subIndustry: string | undefined
  customDataFieldLabels: CustomDataFieldLabels
  createdAt: Date
  modifiedAt: Date
}

export interface NewLicense {
  name: string
  timeZone: string
  retentionDays: number
  ignoreDNT: boolean
  domains: string[]
  industry?: string
  subIndustry?: string
  customDataFieldLabels?: CustomDataFieldLabels
  customData: Record<string, unknown>
}

export async function createLicense(
  scope: OrganizationScope,
  input: NewLicense,
): Promise<LicenseDetails> {
  const now = scope.clock.now()
  const domains = input.domains.map((url) => ({ id: randomUUID(), url }))
  const row = {
    id: randomUUID(),
    license_key: randomUUID(),
    name: input.name,
    time_zone: input.timeZone,
    retention_days: input.retentionDays,
    ignore_dnt: input.ignoreDNT,
    domains: JSON.stringify(domains),
    industry: input.industry ?? null,
    sub_industry: input.subIndustry ?? null,
    custom_data_field_labels: JSON.stringify(input.customDataFieldLabels ?? {}),
    custom_data: JSON.stringify(input.customData),
    created_at: now,
    modified_at: now,
  }
  await scope.insertInto('licenses', row).execute()
  return getLicense(scope, row.id)
}

/**
 * What the change does not name stays. Domains keep the ids of those that were there. A new retention holds for
 * samples that are stored from then on: each sample carries the end of its own.
 */
export async function updateLicense(
  scope: OrganizationScope,
  id: string,
  change: Partial<NewLicense>,
): Promise<LicenseDetails> {
  return scope.transaction(async (tx) => {
    const license = await getLicense(tx, id)
    const values = {
      name: change.name,
      time_zone: change.timeZone,
      retention_days: change.retentionDays,
      ignore_dnt: change.ignoreDNT,
      domains: change.domains && JSON.stringify(domainsOf(change.domains, license.domains)),
      industry: change.industry,
      sub_industry: change.subIndustry,
      custom_data_field_labels:
        change.customDataFieldLabels && JSON.stringify(change.customDataFieldLabels),
      custom_data: change.customData && JSON.stringify(change.customData),
    }
    const given = Object.fromEntries(
      Object.entries(values).filter(([, value]) => value !== undefined),
    )
    await tx
      .updateTable('licenses')
      .set({ ...given, modified_at: scope.clock.now() })
      .where('id', '=', license.id)
      .execute()
    return getLicense(tx, id)
  })
}

function domainsOf(urls: string[], known: LicenseDomain[]): LicenseDomain[] {
  return [...new Set(urls)].map(
    (url) => known.find((domain) => domain.url === url) ?? { id: randomUUID(), url },
  )
}

export async function listLicenses(
  scope: OrganizationScope,
  page: { offset: number; limit: number },
): Promise<{ items: LicenseDetails[]; totalCount: number }> {
  const query = scope.selectFrom('licenses').selectAll().orderBy('created_at').orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(detailsOf), totalCount }
}

/** Throws NOT_FOUND. */
export async function getLicense(scope: OrganizationScope, id: string): Promise<LicenseDetails> {
  return detailsOf(await getRow(scope, 'id', id))
}

/** Throws NOT_FOUND, for another organization's key too. */
export async function getLicenseByKey(
  scope: OrganizationScope,
  licenseKey: string,
): Promise<License> {
  return licenseOf(await getRow(scope, 'license_key', licenseKey))
}

async function getRow(
  scope: OrganizationScope,
  column: 'id' | 'license_key',
  value: string,
): Promise<Selectable<LicenseRow>> {
  const thing = column === 'id' ? 'license' : 'license key'
  if (!isUuid(value)) throw notFound(thing, value)
  const row = await scope
    .selectFrom('licenses')
    .selectAll()
    .where(column, '=', value)
    .executeTakeFirst()
  if (row === undefined) throw notFound(thing, value)
  return row
}

/** This process asks for the license again; others do so within a minute. */
export function forgetLicense(database: Database, licenseKey: string): void {
  cacheOf(database).forget(licenseKey)
}

/** Of all licenses. */
export async function listLicenseKeys(scope: OrganizationScope): Promise<string[]> {
  const rows = await scope.selectFrom('licenses').select('license_key').execute()
  return rows.map(({ license_key }) => license_key)
}

/** For players, who know a key and no organization. Keys found are remembered for a minute. */
export async function findLicenseByKey(
  database: Database,
  licenseKey: string,
): Promise<License | undefined> {
  if (!isUuid(licenseKey)) return undefined
  return cacheOf(database).get(licenseKey.toLowerCase(), async () => {
    const row = await database.db
      .selectFrom('licenses')
      .selectAll()
      .where('license_key', '=', licenseKey)
      .executeTakeFirst()
    return row && licenseOf(row)
  })
}

function licenseOf(row: Selectable<LicenseRow>): License {
  const { id, organizationId, licenseKey, name, timeZone, ...details } = detailsOf(row)
  const { retentionDays, ignoreDNT } = details
  const domains = details.domains.map(({ url }) => url)
  return { id, organizationId, licenseKey, name, timeZone, retentionDays, ignoreDNT, domains }
}

export function detailsOf(row: Selectable<LicenseRow>): LicenseDetails {
  return {
    id: row.id,
    organizationId: row.organization_id,
    licenseKey: row.license_key,
    name: row.name,
    timeZone: row.time_zone,
    retentionDays: row.retention_days,
    ignoreDNT: row.ignore_dnt,
    domains: row.domains,
    industry: row.industry ?? undefined,
    subIndustry: row.sub_industry ?? undefined,
    customDataFieldLabels: row.custom_data_field_labels,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }
}

/** A virtual license stands for several licenses of its organization at once. Its id is its key. */
import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { isUuid, type OrganizationScope, readPage } from '#database'
import { notFound } from '#errors'
import {
  detailsOf,
  getLicense,
  getLicenseByKey,
  type License,
  type LicenseDetails,
} from './licenses.ts'
import type { CustomDataFieldLabels, VirtualLicenseRow } from './rows.ts'

export interface VirtualLicense {
  id: string
  name: string
  timeZone: string
  customDataFieldLabels: CustomDataFieldLabels
  licenses: LicenseDetails[]
  createdAt: Date
  modifiedAt: Date
}

/** A license by its id, its key, or both. */
interface LicenseMention {
  id?: string
  licenseKey?: string
  orgId?: string
}

export interface NewVirtualLicense {
  name: string
  timeZone: string
  licenses: LicenseMention[]
  customDataFieldLabels: CustomDataFieldLabels
}

/** Throws NOT_FOUND for a license of someone else. */
export function createVirtualLicense(
  scope: OrganizationScope,
  input: NewVirtualLicense,
): Promise<VirtualLicense> {
  return scope.transaction(async (tx) => {
    const id = randomUUID()
    const now = scope.clock.now()
    const row = { id, ...rowOf(input), created_at: now, modified_at: now }
    await tx.insertInto('virtual_licenses', row).execute()
    await insertMembers(tx, id, input.licenses)
    return getVirtualLicense(tx, id)
  })
}

/** Takes the place of what it was. Export tasks keep the licenses that they were created with. */
export function updateVirtualLicense(
  scope: OrganizationScope,
  id: string,
  input: NewVirtualLicense,
): Promise<VirtualLicense> {
  return scope.transaction(async (tx) => {
    await getVirtualLicense(tx, id)
    const row = { ...rowOf(input), modified_at: scope.clock.now() }
    await tx.updateTable('virtual_licenses').set(row).where('id', '=', id).execute()
    await tx.deleteFrom('virtual_license_members').where('virtual_license_id', '=', id).execute()
    await insertMembers(tx, id, input.licenses)
    return getVirtualLicense(tx, id)
  })
}

/** Its licenses and their samples stay. Throws NOT_FOUND. */
export async function deleteVirtualLicense(scope: OrganizationScope, id: string): Promise<void> {
  await getVirtualLicense(scope, id)
  await scope.deleteFrom('virtual_licenses').where('id', '=', id).execute()
}

export async function getVirtualLicense(
  scope: OrganizationScope,
  id: string,
): Promise<VirtualLicense> {
  const found = isUuid(id) ? await readVirtualLicense(scope, id) : undefined
  if (found === undefined) throw notFound('virtual license', id)
  return found
}

export async function listVirtualLicenses(
  scope: OrganizationScope,
  page: { offset: number; limit: number },
): Promise<{ items: VirtualLicense[]; totalCount: number }> {
  const query = scope.selectFrom('virtual_licenses').selectAll().orderBy('created_at').orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: await withLicenses(scope, rows), totalCount }
}

/** The license of this key, or those of the virtual license of this id. Throws NOT_FOUND. */
export async function getLicenses(
  scope: OrganizationScope,
  licenseKey: string,
): Promise<Pick<License, 'id' | 'licenseKey'>[]> {
  const virtual = isUuid(licenseKey) ? await readVirtualLicense(scope, licenseKey) : undefined
  return virtual?.licenses ?? [await getLicenseByKey(scope, licenseKey)]
}

/** Where the days of a license, or of a virtual license, begin. Throws NOT_FOUND. */
export async function getTimeZone(scope: OrganizationScope, licenseKey: string): Promise<string> {
  const virtual = isUuid(licenseKey) ? await readVirtualLicense(scope, licenseKey) : undefined
  return (virtual ?? (await getLicenseByKey(scope, licenseKey))).timeZone
}

async function readVirtualLicense(
  scope: OrganizationScope,
  id: string,
): Promise<VirtualLicense | undefined> {
  const query = scope.selectFrom('virtual_licenses').selectAll().where('id', '=', id)
  const [found] = await withLicenses(scope, await query.execute())
  return found
}

/** In the order of the rows. One without a license was deleted meanwhile: none is made without, none loses its last. */
async function withLicenses(
  scope: OrganizationScope,
  rows: Selectable<VirtualLicenseRow>[],
): Promise<VirtualLicense[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const members = await scope
    .selectFrom('virtual_license_members')
    .innerJoin('licenses', (join) =>
      join
        .onRef('licenses.id', '=', 'virtual_license_members.license_id')
        .onRef('licenses.organization_id', '=', 'virtual_license_members.organization_id'),
    )
    .selectAll('licenses')
    .select('virtual_license_id')
    .where('virtual_license_id', 'in', ids)
    .orderBy('position')
    .execute()
  const found = rows.map((row) => ({
    id: row.id,
    name: row.name,
    timeZone: row.time_zone,
    customDataFieldLabels: row.custom_data_field_labels,
    licenses: members.filter((each) => each.virtual_license_id === row.id).map(detailsOf),
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }))
  return found.filter(({ licenses }) => licenses.length > 0)
}

function rowOf({ name, timeZone, customDataFieldLabels }: NewVirtualLicense) {
  const custom_data_field_labels = JSON.stringify(customDataFieldLabels)
  return { name, time_zone: timeZone, custom_data_field_labels }
}

async function insertMembers(
  tx: OrganizationScope,
  virtual_license_id: string,
  mentions: LicenseMention[],
): Promise<void> {
  const ids = new Set<string>()
  for (const mention of mentions) ids.add(await findMentioned(tx, mention))
  const rows = [...ids].map((license_id, position) => ({
    virtual_license_id,
    position,
    license_id,
  }))
  await tx.insertInto('virtual_license_members', rows).execute()
}

async function findMentioned(scope: OrganizationScope, mention: LicenseMention): Promise<string> {
  const { id, licenseKey, orgId } = mention
  if (orgId !== undefined && orgId.toLowerCase() !== scope.organizationId)
    throw notFound(id === undefined ? 'license key' : 'license', id ?? licenseKey ?? '')
  const byKey = licenseKey === undefined ? undefined : await getLicenseByKey(scope, licenseKey)
  if (id === undefined) return byKey?.id ?? ''
  const { id: found } = await getLicense(scope, id)
  if (byKey !== undefined && byKey.id !== found) throw notFound('license', id)
  return found
}

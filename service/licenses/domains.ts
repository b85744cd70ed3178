import { randomUUID } from 'node:crypto'
import type { OrganizationScope } from '#database'
import { CallerError, notFound } from '#errors'
import { getLicense, type LicenseDetails } from './licenses.ts'
import type { LicenseDomain } from './rows.ts'

export const domainsMax = 100

/** Throws NOT_FOUND, and CONFLICT when the license has it already or is full. */
export async function addDomain(
  scope: OrganizationScope,
  licenseId: string,
  url: string,
): Promise<{ license: LicenseDetails; domain: LicenseDomain }> {
  const domain = { id: randomUUID(), url }
  const license = await changeDomains(scope, licenseId, ({ domains }) => {
    if (domains.some((known) => known.url === url))
      throw new CallerError('CONFLICT', `The license ${licenseId} has the domain '${url}' already.`)
    if (domains.length >= domainsMax)
      throw new CallerError(
        'CONFLICT',
        `The license ${licenseId} has ${domainsMax} domains, as many as it may. Delete one first; ` +
          '*.example.org means every host below example.org.',
      )
    return [...domains, domain]
  })
  return { license, domain }
}

/** Throws NOT_FOUND for the license, and for a domain that it has not. */
export function deleteDomain(
  scope: OrganizationScope,
  licenseId: string,
  domainId: string,
): Promise<LicenseDetails> {
  return changeDomains(scope, licenseId, ({ domains }) => {
    const kept = domains.filter(({ id }) => id !== domainId)
    if (kept.length === domains.length) throw notFound('domain', domainId)
    return kept
  })
}

/** The row is held, so that of two changes at once neither is lost. */
function changeDomains(
  scope: OrganizationScope,
  licenseId: string,
  change: (license: LicenseDetails) => LicenseDomain[],
): Promise<LicenseDetails> {
  return scope.transaction(async (tx) => {
    const { id } = await getLicense(tx, licenseId)
    await tx.selectFrom('licenses').select('id').where('id', '=', id).forUpdate().execute()
    const domains = JSON.stringify(change(await getLicense(tx, id)))
    await tx
      .updateTable('licenses')
      .set({ domains, modified_at: scope.clock.now() })
      .where('id', '=', id)
      .execute()
    return getLicense(tx, id)
  })
}

import type { OrganizationScope } from '#database'
import { CallerError } from '#errors'
import { getTimeZone } from '#licenses'
import type { Rule } from './plan.ts'
import type { ExportScheduleRow } from './rows.ts'

/**
 * Only days ask for the time zone. A license that is gone keeps no hour from its row: each says then why there is
 * no task.
 */
export async function ruleOf(
  scope: OrganizationScope,
  { frequency, license_key }: Pick<ExportScheduleRow, 'frequency' | 'license_key'>,
): Promise<Rule> {
  if (frequency === 'HOURLY') return { frequency, timeZone: 'UTC' }
  const timeZone = await unlessNotFound(getTimeZone(scope, license_key))
  return { frequency, timeZone: timeZone ?? 'UTC' }
}

export function unlessNotFound<Found>(finding: Promise<Found>): Promise<Found | undefined> {
  return finding.catch((error: unknown) => {
    if (error instanceof CallerError && error.code === 'NOT_FOUND') return undefined
    throw error
  })
}

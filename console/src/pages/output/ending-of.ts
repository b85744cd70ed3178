import type { S3RoleBasedOutput, Verification } from '@sluice/sdk'
import { currentVerdictOf } from '../../parts/verdict.ts'

/** As the service keeps a PASS over probes that are not clear. */
const PASS_HOURS_MAX = 24

/** What a report means for exports, by what is known of the role now. */
export function endingOf(
  report: Pick<Verification, 'verdict' | 'role'>,
  { externalIdEnforcement }: Pick<S3RoleBasedOutput, 'externalIdEnforcement'>,
): string {
  const { role } = report
  switch (currentVerdictOf(report)) {
    case 'PASSED':
      return 'Everything that an export needs works, and nobody else gets in.'
    case 'FAILED':
      if (role?.code === 'ROLE_IGNORES_EXTERNAL_ID' && externalIdEnforcement === 'WARN')
        return 'Others could get in. The operator lets exports be written all the same. Change it, then verify again.'
      if (role?.verdict === 'PASSED')
        return 'The role lets nobody else in, but exports fail until this is changed. Change it, then verify again.'
      return 'Nothing is written until this is changed. Change it, then verify again.'
    case 'INCONCLUSIVE':
      if (role?.verdict !== 'PASSED')
        return 'AWS gave no clear answer, so nothing is known for sure and nothing is written. Verify again in some minutes.'
      if (role.inconclusiveMessage === undefined)
        return 'The role lets nobody else in, so exports are tried; to the rest AWS gave no clear answer. Verify again in some minutes.'
      return `AWS gave no clear answer this time. The role had passed before, which holds for ${PASS_HOURS_MAX} hours: until then exports are written. Verify again in some minutes.`
  }
}

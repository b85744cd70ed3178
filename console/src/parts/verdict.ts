import type { Verification } from '@sluice/sdk'

/** A role that has turned since the report makes the report old. */
export function currentVerdictOf({
  verdict,
  role,
}: Pick<Verification, 'verdict' | 'role'>): Verification['verdict'] {
  return verdict === 'PASSED' && role !== undefined ? role.verdict : verdict
}

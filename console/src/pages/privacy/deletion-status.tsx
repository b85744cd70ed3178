import type { PrivacyDeletion } from '@sluice/sdk'
import { Status } from '../../parts/status.tsx'

export function DeletionStatus({ status }: Pick<PrivacyDeletion, 'status'>) {
  if (status === 'STARTED') return <Status tone="waiting">At work</Status>
  return <Status tone="good">Finished</Status>
}

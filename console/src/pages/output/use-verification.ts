import { ConnectionError, type Verification } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { outputQueries } from './output-queries.ts'

export type Step = Verification['steps'][number]

/** The last report, and the steps of one that is under way, whoever has begun it. */
export function useVerification(outputId: string) {
  const acting = useOrganization()
  const queries = useQueryClient()
  const asked = outputQueries(acting, outputId)
  const report = useQuery(asked.verification)
  const { data: progress } = useQuery(asked.progress)
  const verify = useMutation({
    mutationFn: (options: { wholeObject: boolean }) => {
      queries.setQueryData(asked.progress.queryKey, null)
      return acting.client.outputs.s3RoleBased.verify(outputId, {
        ...options,
        onProgress: (seen) => queries.setQueryData(asked.progress.queryKey, seen),
      })
    },
    onSuccess: (found) => queries.setQueryData(asked.verification.queryKey, found),
    onSettled: () => queries.invalidateQueries({ queryKey: [acting.organization.id] }),
  })
  const isElsewhere = progress?.status === 'RUNNING' && progress.id !== report.data?.id
  const isNewer = progress?.status === 'ENDED' && progress.id !== report.data?.id
  const { refetch } = report
  const { error, reset } = verify
  useEffect(() => {
    if (isNewer) void refetch()
    // Only the answer was lost: the service has gone on.
    if ((isNewer || isElsewhere) && error instanceof ConnectionError) reset()
  }, [isNewer, isElsewhere, error, refetch, reset])
  const isRunning = verify.isPending || isElsewhere
  return {
    report,
    verify,
    isRunning,
    isBrokenOff: !isRunning && progress?.status === 'BROKEN_OFF',
    /** Of the one that is under way. */
    endedSteps: progress?.steps ?? [],
    waitsFor: progress?.waitsFor,
  }
}

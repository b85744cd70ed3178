import { NotFoundError, type OutputSetup } from '@sluice/sdk'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { ActingIn } from '../../frame/session.ts'

/** Between two looks at what is under way. */
const POLL_MS = 700

/** What the pages of one output ask. */
export function outputQueries({ client, organization }: ActingIn, outputId: string) {
  const of = (...what: unknown[]) => [organization.id, 'output', outputId, ...what]
  const outputs = client.outputs.s3RoleBased
  return {
    output: queryOptions({ queryKey: of('itself'), queryFn: () => outputs.get(outputId) }),
    /** With the principal named in one way or the other; what was there stays there meanwhile. */
    setup: (principal: OutputSetup['principalForm'] = 'account') =>
      queryOptions({
        queryKey: of('setup', principal),
        queryFn: () => outputs.getSetup(outputId, { principal }),
        placeholderData: keepPreviousData,
      }),
    verification: queryOptions({
      queryKey: of('verification'),
      queryFn: () => orNull(outputs.getVerification(outputId)),
    }),
    /** Of a verification that somebody has begun, here or elsewhere. */
    progress: queryOptions({
      queryKey: of('progress'),
      queryFn: () => orNull(outputs.getVerificationProgress(outputId)),
      refetchInterval: ({ state }) => (state.data?.status === 'RUNNING' ? POLL_MS : false),
    }),
    rotation: queryOptions({
      queryKey: of('rotation'),
      queryFn: () => orNull(outputs.externalIdRotation.get(outputId)),
    }),
    tasks: queryOptions({
      queryKey: of('exports'),
      queryFn: () => client.exportTasks.list({ outputId }).page({ offset: 0, limit: 5 }),
    }),
  }
}

/** Of an output that is there: what nobody has done yet has no answer. */
export async function orNull<Found>(asked: Promise<Found>): Promise<Found | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof NotFoundError) return null
    throw error
  })
}

import { NotFoundError } from './errors.ts'
import type { components } from './generated/openapi.ts'
import { pause } from './pause.ts'
import type { Transport } from './transport.ts'

type Schemas = components['schemas']
export type Verification = Schemas['AnalyticsS3RoleBasedOutputVerification']
export type VerificationProgress = Schemas['AnalyticsS3RoleBasedOutputVerificationProgress']

const POLL_MS = 500

export interface VerifyOptions {
  /** Also put a small object, and remove it where the role may. */
  wholeObject?: boolean
  /** Called with what has ended, again and again, until the report is there. */
  onProgress?(progress: VerificationProgress): void
  /** Between two looks. */
  pollMs?: number
}

export function verificationOf({ api, result }: Transport) {
  const path = '/v1/analytics/outputs/s3-role-based/{id}/verification'
  const of = (id: string) => ({ params: { path: { id } } })
  const getVerificationProgress = (id: string): Promise<VerificationProgress> =>
    result(api.GET(`${path}/progress`, of(id)))
  const findProgress = (id: string) =>
    getVerificationProgress(id).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined
      throw error
    })
  return {
    /** Tries everything that an export would do. Resolves with a report for a role that is wrong too. */
    verify: async (id: string, options: VerifyOptions = {}): Promise<Verification> => {
      const { onProgress, pollMs = POLL_MS, ...body } = options
      const before = onProgress && (await findProgress(id))
      const report = result(api.POST(path, { ...of(id), body }))
      if (onProgress === undefined) return report
      let isOver = false
      const ended = report
        .catch(() => {})
        .then(() => {
          isOver = true
        })
      while (!isOver) {
        await Promise.race([pause(pollMs), ended])
        // A look that fails is the next one's matter; the report tells what counts.
        const progress = isOver ? undefined : await findProgress(id).catch(() => undefined)
        if (progress !== undefined && progress.id !== before?.id) onProgress(progress)
      }
      return report
    },
    /** The last report, and what is known of the role now. */
    getVerification: (id: string): Promise<Verification> => result(api.GET(path, of(id))),
    /** The steps of the newest verification that have ended, while it is under way too. */
    getVerificationProgress,
  }
}

import pRetry from 'p-retry'
import { TransientError } from '#errors'
import type { Delivery, WrittenFile } from './deliver-file.ts'
import { claimFile, endClaim, type TaskFile } from './files.ts'

/** So long a database that is away is waited for: less than a lease. */
const END_MS_MAX = 20_000
const END_RETRY_MS_FIRST = 100
const END_RETRY_MS_MAX = 1_000

/**
 * A file that is claimed may be in the bucket: from then on an attempt replaces what lies under the key, with the
 * bytes that the claim names. So a claim is stored only when the object may be next, and one that is new to an
 * attempt ends with it when S3 has clearly refused all that the attempt asked for: what lies there is somebody
 * else's, now and at the next attempt. Earlier attempts' claims stay, for nobody knows what became of those.
 */
export interface FileClaim {
  /** Before each request that may store the object. */
  hold(): Promise<void>
  /** That request has stored nothing. */
  refused(): void
  /** After the attempt has failed. */
  end(): Promise<void>
}

export function openFileClaim(
  { scope, clock, task, file, telemetry }: Delivery & { file: TaskFile },
  written: WrittenFile,
): FileClaim {
  const { position } = file
  const isEarlier = file.claimed_at !== null
  let isAsked = false
  let isHeld = isEarlier
  let unclear = 0
  return {
    hold: async () => {
      isAsked = true
      if (!isHeld) await claimFile(scope, task.claim, { position, at: clock.now(), file: written })
      isHeld = true
      unclear += 1
    },
    refused: () => {
      unclear -= 1
    },
    end: async () => {
      if (isEarlier || !isAsked || unclear > 0) return
      await pRetry(() => endClaim(scope, task.claim, position), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: END_RETRY_MS_FIRST,
        maxTimeout: END_RETRY_MS_MAX,
        maxRetryTime: END_MS_MAX,
        shouldRetry: ({ error }) => error instanceof TransientError,
      }).catch((error: unknown) => {
        telemetry.log.warn({ error, taskId: task.id }, 'claim of a file not ended')
      })
    },
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import type { OutputError, TransientError } from '#errors'

const RETRY_MS_FIRST = 500
const RETRY_MS_MAX = 4_000

/**
 * What is refused is asked again until the deadline: a role or a policy may have been changed just now, and some
 * seconds pass until all of AWS knows it. Answers the last answer. Throws what `ask` or `onWait` throws, and the signal's reason.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export async function askAgain<Answer>(
  ask: () => Promise<Answer>,
  until: {
    isRefused(answer: Answer): boolean
    deadline: number
    now(): number
    signal: AbortSignal
    /** Awaited before each pause, with what was refused. */
    onWait?: ((refused: Answer) => Promise<void>) | undefined
  },
): Promise<Answer> {
  const { isRefused, deadline, now, signal, onWait } = until
  for (let delayMs = RETRY_MS_FIRST; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
    const answer = await ask()
    if (!isRefused(answer) || now() + delayMs > deadline) return answer
    await onWait?.(answer)
    await pause(delayMs, undefined, { signal })
  }
}

/**
 * What S3 refuses for want of a permission of the role or of the key. A bucket of another account than the output
 * names is refused in the same words as one whose policy does not name the role yet.
 */
export function isRefusedPut({ code }: OutputError | TransientError): boolean {
  return code === 'PUT_NOT_ALLOWED' || code === 'KEY_REFUSED' || code === 'BUCKET_OWNER_DIFFERS'
}

import { setTimeout as delay } from 'node:timers/promises'
import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts'
import { isSamePrincipal } from '#delivery'
import { redact } from '#secret'
import type { Log } from '#telemetry'

/** The AWS credentials at hand are not those of the principal that customers were told to trust. */
class PrincipalMismatchError extends Error {
  override readonly name = 'PrincipalMismatchError'
  constructor(principalArn: string, identityArn: string) {
    super(
      `SLUICE_PRINCIPAL_ARN is ${principalArn}, and the AWS credentials of this service belong to ` +
        `${identityArn}. Customers’ roles trust the first and would refuse every call. Correct the ` +
        'variable, or give the service that principal’s credentials.',
    )
  }
}

/** Compares the principal with the credentials, again and again until AWS has answered once. */
interface PrincipalCheck extends AsyncDisposable {
  /** What is still in the way, in words; undefined when the two agree. */
  problem(): string | undefined
}

const RETRY_MS = 5_000
const ANSWER_TIMEOUT_MS = 5_000

/** Throws PrincipalMismatchError when AWS answers at once; an AWS that cannot be reached is asked again. */
export async function startPrincipalCheck(options: {
  principalArn: string
  client: STSClientConfig
  log: Log
}): Promise<PrincipalCheck> {
  const { principalArn, log } = options
  const sts = new STSClient({ ...options.client, maxAttempts: 2 })
  const stopped = new AbortController()
  let problem: string | undefined = 'The AWS credentials were not checked yet.'

  const ask = async (): Promise<void> => {
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
    const identity = await sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal })
    const arn = identity.Arn ?? 'nobody'
    if (!isSamePrincipal(principalArn, arn)) throw new PrincipalMismatchError(principalArn, arn)
    problem = undefined
  }
  const askAgain = async (): Promise<void> => {
    while (problem !== undefined && (await waitedOr(stopped.signal))) await ask().catch(note)
  }
  const note = (error: unknown): void => {
    const text = error instanceof Error ? redact(error.message) : 'no answer'
    problem = `AWS has not said who this service is: ${text}`
    if (!stopped.signal.aborted) log.warn({ problem }, 'principal not checked')
  }
  try {
    await ask()
  } catch (error) {
    if (error instanceof PrincipalMismatchError) {
      sts.destroy()
      throw error
    }
    note(error)
  }
  const asking = askAgain()
  return {
    problem: () => problem,
    [Symbol.asyncDispose]: async () => {
      stopped.abort()
      await asking
      sts.destroy()
    },
  }
}

/** Waits; false when the signal came first. */
function waitedOr(signal: AbortSignal): Promise<boolean> {
  return delay(RETRY_MS, true, { signal }).catch(() => false)
}

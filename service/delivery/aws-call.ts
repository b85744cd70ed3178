import { type AwsFault, faultOf } from './aws-fault.ts'

/** One call of AWS and how it ended, for reports and records. Holds no credential. */
export interface AwsCall {
  /** As AWS names it: `AssumeRole`. */
  readonly operation: string
  /** What tells it from its sisters, in words: `without an external id`. */
  readonly sent: string
  readonly at: Date
  readonly durationMs: number
  /** Absent: AWS did what it was asked. */
  readonly fault: AwsFault | undefined
  readonly requestId: string | undefined
  /** Of answers after which it was tried again. */
  readonly earlierRequestIds?: readonly string[]
  readonly extendedRequestId: string | undefined
}

export type Answered<Answer> =
  | { readonly call: AwsCall; readonly answer: Answer }
  | { readonly call: AwsCall; readonly answer?: undefined }

/** Makes the call and tells how it ended; throws the signal's reason only. */
export async function callAws<Answer extends { $metadata: object }>(
  told: {
    operation: string
    sent: string
    now(): Date
    signal: AbortSignal
    /** The request ids of all answers, where the SDK may try again. */
    heard?: readonly string[]
  },
  send: () => Promise<Answer>,
): Promise<Answered<Answer>> {
  const { operation, sent, now, signal, heard = [] } = told
  signal.throwIfAborted()
  const at = now()
  const startedMs = performance.now()
  const callOf = (
    ended: unknown,
    rest: Pick<AwsCall, 'fault' | 'requestId' | 'extendedRequestId'>,
  ): AwsCall => ({
    operation,
    sent,
    at,
    durationMs: Math.round(performance.now() - startedMs),
    earlierRequestIds: [
      ...heard.filter((id) => id !== rest.requestId),
      ...earlierRequestIdsOf(ended),
    ],
    ...rest,
  })
  try {
    const answer = await send()
    const { requestId, extendedRequestId } = Object(answer.$metadata)
    return { answer, call: callOf(answer, { fault: undefined, requestId, extendedRequestId }) }
  } catch (error) {
    signal.throwIfAborted()
    const fault = faultOf(error)
    const { requestId, extendedRequestId } = fault
    return { call: callOf(error, { fault, requestId, extendedRequestId }) }
  }
}

/** Of answers after which we, and not the SDK, sent the request again; see `tellEarlier`. */
export function earlierRequestIdsOf(ended: unknown): readonly string[] {
  return Object(Object(ended).$metadata).earlierRequestIds ?? []
}

/** Puts the request ids of a refusal after which the request was sent again into what that ended with. */
export function tellEarlier<Ended>(ended: Ended, refusal: unknown): Ended {
  const told = Object(ended)
  const { requestId } = faultOf(refusal)
  const earlierRequestIds = [
    ...earlierRequestIdsOf(refusal),
    ...(requestId === undefined ? [] : [requestId]),
    ...earlierRequestIdsOf(ended),
  ]
  told.$metadata = { ...told.$metadata, earlierRequestIds }
  return told
}

/** The request ids of all answers that calls got. */
export function requestIdsOf(calls: Iterable<AwsCall>): string[] {
  return [...calls].flatMap(({ earlierRequestIds = [], requestId }) => [
    ...earlierRequestIds,
    ...(requestId === undefined ? [] : [requestId]),
  ])
}

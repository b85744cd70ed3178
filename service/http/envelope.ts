import { randomUUID } from 'node:crypto'
import { type TSchema, Type } from 'typebox'
import { type CallerError, type CallerErrorCode, type Mistake, TransientError } from '#errors'
import { Instant } from './instant.ts'

const Message = Type.Object(
  {
    id: Type.String(),
    date: Instant,
    type: Type.Enum(['ERROR', 'WARNING', 'INFO', 'DEBUG', 'TRACE']),
    text: Type.String(),
    field: Type.Optional(Type.String({ description: 'The member it is about: output.outputPath' })),
  },
  { title: 'Message' },
)

/** The schema of a successful answer around the schema of its result. */
export function successEnvelope(result: TSchema): TSchema {
  return Type.Object({
    requestId: Type.String({ format: 'uuid' }),
    status: Type.Literal('SUCCESS'),
    data: Type.Object({ result }),
  })
}

export const ErrorEnvelope = Type.Object(
  {
    requestId: Type.String({ format: 'uuid' }),
    status: Type.Literal('ERROR'),
    data: Type.Object({
      code: Type.Integer({ description: 'The number that the SDKs know' }),
      errorCode: Type.String({ description: 'Our own code; see docs/errors.md' }),
      message: Type.String({ description: 'For users' }),
      developerMessage: Type.String(),
      links: Type.Array(Type.Object({ href: Type.String(), title: Type.String() })),
      details: Type.Array(Message),
    }),
  },
  { title: 'ErrorResponse' },
)

export function wrapResult(requestId: string, result: unknown) {
  return { requestId, status: 'SUCCESS', data: { result } }
}

/** What goes out for a failure: a status, headers and the data of the error envelope. */
export interface Refusal {
  statusCode: number
  code: number
  errorCode: string
  message: string
  mistakes: Mistake[]
  retryAfterSeconds: number | undefined
}

/** Codes become statuses and the vendor's integer codes here and nowhere else. */
const callerAnswers: Record<CallerErrorCode, { statusCode: number; code: number }> = {
  INVALID_REQUEST: { statusCode: 400, code: 1000 },
  UNAUTHENTICATED: { statusCode: 401, code: 1002 },
  FORBIDDEN: { statusCode: 403, code: 1003 },
  NOT_FOUND: { statusCode: 404, code: 1001 },
  CONFLICT: { statusCode: 409, code: 1001 },
  TOO_LARGE: { statusCode: 413, code: 1000 },
  TOO_MANY_REQUESTS: { statusCode: 429, code: 1004 },
}
const UNDEFINED_ERROR = 1004
const INFRASTRUCTURE_ERROR = 5001
const RETRY_AFTER_SECONDS = 5

export function refusalOfCaller(error: CallerError): Refusal {
  return {
    ...callerAnswers[error.code],
    errorCode: error.code,
    message: error.message,
    mistakes: error.mistakes,
    retryAfterSeconds: error.retryAfterSeconds,
  }
}

/** A 503 for what passes by itself, and a 500 without a word of the cause for what is our fault. */
export function refusalOfFault(error: unknown): Refusal {
  if (error instanceof TransientError)
    return {
      statusCode: 503,
      code: INFRASTRUCTURE_ERROR,
      errorCode: error.code,
      message: `${error.message} Please try again; the fault is on our side.`,
      mistakes: [],
      retryAfterSeconds: error.retryAfterSeconds ?? RETRY_AFTER_SECONDS,
    }
  return {
    statusCode: 500,
    code: UNDEFINED_ERROR,
    errorCode: 'INTERNAL_ERROR',
    message: 'The service failed. The fault is on our side; name the requestId when you report it.',
    mistakes: [],
    retryAfterSeconds: undefined,
  }
}

export function wrapRefusal(requestId: string, refusal: Refusal, now: Date) {
  return {
    requestId,
    status: 'ERROR',
    data: {
      code: refusal.code,
      errorCode: refusal.errorCode,
      message: refusal.message,
      developerMessage: refusal.message,
      links: [],
      details: refusal.mistakes.map((mistake) => ({
        id: randomUUID(),
        date: now.toISOString(),
        type: 'ERROR',
        text: mistake.text,
        field: mistake.field,
      })),
    },
  }
}

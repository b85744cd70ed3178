import type { components } from './generated/openapi.ts'

type ErrorBody = components['schemas']['ErrorResponse']

/** What the service said. `code` is one of its catalogue, docs/errors.md. */
export class SluiceError extends Error {
  override readonly name: string = 'SluiceError'
  readonly code: string
  /** Of HTTP. */
  readonly status: number
  /** Finds the request in the service's log. */
  readonly requestId: string | undefined
  /** Every mistake, each with its field. */
  readonly details: readonly string[]
  /** How long to wait before trying again, where the service said so. */
  readonly retryAfterSeconds: number | undefined

  constructor(message: string, said: Omit<SluiceError, keyof Error>) {
    super(message)
    this.code = said.code
    this.status = said.status
    this.requestId = said.requestId
    this.details = said.details
    this.retryAfterSeconds = said.retryAfterSeconds
  }
}

/** The request must change: 400, 409, 413. */
export class InvalidRequestError extends SluiceError {
  override readonly name = 'InvalidRequestError'
}

/** The API key is missing, revoked, or may not do this: 401, 403. */
export class AccessError extends SluiceError {
  override readonly name = 'AccessError'
}

/** There is no such thing, for this organization: 404. */
export class NotFoundError extends SluiceError {
  override readonly name = 'NotFoundError'
}

/** The fault is on the service's side, or passes: 429, 5xx. The same request may succeed later. */
export class ServiceError extends SluiceError {
  override readonly name = 'ServiceError'
}

/** Nobody answered as a Sluice does. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  constructor(apiUrl: string, cause: unknown) {
    super(`No Sluice answers at ${apiUrl}.`, { cause })
  }
}

/** An export task that ended in ERROR, with what to change. */
export class ExportTaskError extends Error {
  override readonly name = 'ExportTaskError'
  readonly taskId: string
  readonly code: string
  readonly remedy: string

  constructor(taskId: string, error: { code: string; message: string; remedy: string }) {
    super(error.message)
    this.taskId = taskId
    this.code = error.code
    this.remedy = error.remedy
  }
}

/** The error of an answer that is none of success. */
export function errorOf({ status, headers }: Response, body: unknown): SluiceError {
  const { data, requestId } = asErrorBody(body)
  const details = (data.details ?? []).map(textOf).filter((text) => text !== '')
  const code = data.errorCode ?? `HTTP_${status}`
  const retryAfterSeconds = secondsOf(headers.get('retry-after'))
  const said = { code, status, requestId, details, retryAfterSeconds }
  const message = data.message ?? `The service answered ${status}.`
  if (status === 401 || status === 403) return new AccessError(message, said)
  if (status === 404) return new NotFoundError(message, said)
  if (status === 429 || status >= 500) return new ServiceError(message, said)
  return new InvalidRequestError(message, said)
}

/** The service says seconds; the date that a proxy may say instead is left out. */
function secondsOf(retryAfter: string | null): number | undefined {
  return /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined
}

function textOf(detail: unknown): string {
  const { text, field } = Object(detail)
  if (typeof text !== 'string') return ''
  return typeof field === 'string' ? `${field} ${text}` : text
}

/** A proxy in between may have answered instead, with anything. */
function asErrorBody(body: unknown): { data: Partial<ErrorBody['data']>; requestId?: string } {
  const { data, requestId } = Object(body)
  return { data: Object(data), ...(typeof requestId === 'string' && { requestId }) }
}

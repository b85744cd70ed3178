/**
 * An answer of AWS that is an error. `members` become further elements of S3's error body, `headers`
 * headers of its answer; nothing secret but what AWS itself echoes may stand there.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  readonly status: number
  readonly members: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: string,
    status: number,
    message: string,
    options: {
      members?: Record<string, string>
      headers?: Record<string, string>
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.status = status
    this.members = options.members ?? {}
    this.headers = options.headers ?? {}
  }
}

/** What cannot be explained to the caller is an internal error; its cause is kept for the log. */
export function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error
  return new AwsError(
    'InternalFailure',
    500,
    'The request processing has failed because of an unknown error, exception or failure.',
    { cause: error },
  )
}

export function notImplemented(operation: string): AwsError {
  return new AwsError('NotImplemented', 501, `local-aws does not implement ${operation}.`)
}

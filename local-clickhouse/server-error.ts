/** An error as ClickHouse's HTTP interface answers it: a code of its list and a text. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly code: number

  constructor(code: number, text: string, options?: ErrorOptions) {
    super(text, options)
    this.code = code
  }

  /** The body of the answer, in the words clients parse: `Code: 62. DB::Exception: … (SYNTAX_ERROR)`. */
  get body(): string {
    if (this.message.startsWith('Code: ')) return this.message
    const name = Object.entries(codes).find(([, code]) => code === this.code)?.[0]
    return `Code: ${this.code}. DB::Exception: ${this.message} (${name ?? 'STD_EXCEPTION'})`
  }
}

export const codes = {
  UNKNOWN_TYPE_OF_QUERY: 78,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_IS_TOO_LARGE: 307,
  AUTHENTICATION_FAILED: 516,
  SUPPORT_IS_DISABLED: 344,
  STD_EXCEPTION: 1001,
} as const

const badRequest = new Set([
  6, 26, 27, 36, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 73, 115, 344, 456,
])
const notFound = new Set([16, 46, 47, 60, 81])

/** The HTTP status for a code, as ClickHouse has it. */
export function statusOf(code: number): number {
  if (code === codes.AUTHENTICATION_FAILED) return 403
  if (code === codes.TOO_MANY_SIMULTANEOUS_QUERIES) return 503
  if (code === codes.QUERY_IS_TOO_LARGE) return 413
  if (badRequest.has(code)) return 400
  return notFound.has(code) ? 404 : 500
}

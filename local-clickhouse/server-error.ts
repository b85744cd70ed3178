/** ClickHouse's codes, as far as this server raises them itself or maps them to a status. */
export const codes = {
  NOT_IMPLEMENTED: 48,
  SYNTAX_ERROR: 62,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  NOT_ENOUGH_SPACE: 243,
  QUERY_IS_TOO_LARGE: 229,
  SUPPORT_IS_DISABLED: 344,
  ZLIB_INFLATE_FAILED: 354,
  QUERY_WAS_CANCELLED: 394,
  UNSUPPORTED_MEDIA_TYPE: 779,
  UNKNOWN_QUERY_PARAMETER: 456,
  AUTHENTICATION_FAILED: 516,
  STD_EXCEPTION: 1001,
} as const

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

// https://github.com/ClickHouse/ClickHouse/blob/master/src/Server/HTTP/exceptionCodeToHTTPStatus.cpp
const statuses: Record<number, readonly number[]> = {
  400: [
    ...[6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321],
    ...[376, 427, 441, 675, 676],
  ],
  401: [194],
  403: [192, 193, 497, 512, 516],
  404: [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511],
  408: [159],
  411: [381],
  413: [229],
  415: [779],
  501: [48],
  503: [76, 209, 439],
}

/** The HTTP status for a code, as ClickHouse has it. */
export function statusOf(code: number): number {
  const found = Object.entries(statuses).find(([, list]) => list.includes(code))
  return found === undefined ? 500 : Number(found[0])
}

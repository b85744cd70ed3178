interface AccessesSearch {
  /** From 1, the newest first. */
  page?: number
  /** A day in UTC: `2026-03-01`. */
  day?: string
}

export function readAccessesSearch({ page, day }: Record<string, unknown>): AccessesSearch {
  return {
    ...(Number.isInteger(page) && Number(page) > 1 && { page: Number(page) }),
    ...(typeof day === 'string' && isDay(day) && { day }),
  }
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

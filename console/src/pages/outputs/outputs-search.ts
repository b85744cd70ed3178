interface OutputsSearch {
  /** From 1. */
  page?: number
}

export function readOutputsSearch({ page }: Record<string, unknown>): OutputsSearch {
  return Number.isInteger(page) && Number(page) > 1 ? { page: Number(page) } : {}
}

/** Which of the organizations; what is no page is the first. */
export function readOperatorSearch(search: Record<string, unknown>): { page?: number } {
  const { page } = search
  return typeof page === 'number' && Number.isInteger(page) && page > 1 ? { page } : {}
}

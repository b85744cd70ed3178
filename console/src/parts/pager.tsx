import { Pagination } from '@mantine/core'

/** Goes through a long list, a page at a time; one page needs none. */
export function Pager({
  page,
  totalCount,
  size,
  what,
  onChange,
}: {
  /** From 1. */
  page: number
  totalCount: number
  size: number
  /** In words: `the outputs`. */
  what: string
  onChange(page: number): void
}) {
  const total = Math.ceil(totalCount / size)
  if (total < 2) return null
  return (
    <Pagination
      component="nav"
      aria-label={`Pages of ${what}`}
      value={page}
      total={total}
      onChange={onChange}
      size="sm"
      getItemProps={(number) => ({ 'aria-label': `Page ${number}` })}
      getControlProps={(control) => ({ 'aria-label': `The ${control} page` })}
    />
  )
}

import { useNavigate, useSearch } from '@tanstack/react-router'
import { readSetUpSearch, type SetUpSearch } from './set-up-search.ts'

const from = '/organizations/$organizationId/outputs/$outputId/set-up/$step'

/** How one has chosen to go through the set-up; a change leaves one where one is. */
export function useSetUpSearch() {
  const search = useSearch({ from: `/signed-in${from}` })
  const navigate = useNavigate({ from })
  const change = (to: { [Name in keyof SetUpSearch]?: SetUpSearch[Name] | undefined }) =>
    void navigate({
      search: readSetUpSearch({ ...search, ...to }),
      replace: true,
      resetScroll: false,
    })
  return [search, change] as const
}

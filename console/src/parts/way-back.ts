/** The lists, by how their addresses go on below the organization. */
const lists: Record<string, string> = {
  outputs: 'All outputs',
  exports: 'All exports',
  schedules: 'All schedules',
  licenses: 'All licenses',
  privacy: 'All deletions',
  settings: 'Settings',
}

export interface WayBack {
  href: string
  name: string
}

export const toOverview: WayBack = { href: '/', name: 'Go to the overview' }

/** From a page about something that is not there: where the others of its kind are. */
export function wayBackFrom(pathname: string): WayBack {
  const [, organization, list] = /^(\/organizations\/[^/]+)\/([^/]+)\/./.exec(pathname) ?? []
  const name = lists[list ?? '']
  if (name === undefined) return toOverview
  return { href: `${organization}/${list}`, name }
}

/** What the service itself knows of a sample: from the user agent, the address and the screen. */
import type { Locations } from './location.ts'
import { createUserAgentReader } from './user-agent.ts'
import type { SampleRow } from './wire-members.ts'

export interface Sender {
  userAgent: string
  /** Of the player, behind trusted proxies alone. It is never stored. */
  address: string
}

export type Enrich = (row: SampleRow, sender: Sender) => void

/** Fills what the row lacks: what a player says about itself stays. */
export function createEnrichment(locations: Pick<Locations, 'find'>): Enrich {
  const readUserAgent = createUserAgentReader()
  return (row, { userAgent, address }) => {
    const read = readUserAgent(userAgent)
    // The version of one system says nothing about another.
    const system = row.operatingsystem ?? read.operatingsystem
    const keepsVersion = system === read.operatingsystem
    for (const name in read)
      if (keepsVersion || !name.startsWith('operatingsystem_version')) row[name] ??= read[name]
    const place = locations.find(address)
    for (const name in place) row[name] ??= place[name]
    const orientation = orientationOf(row)
    if (orientation !== undefined) row.screen_orientation = orientation
  }
}

function orientationOf({ screen_width: width, screen_height: height }: SampleRow) {
  if (typeof width !== 'number' || typeof height !== 'number') return undefined
  if (width === height) return 'UNKNOWN'
  return width < height ? 'PORTRAIT' : 'LANDSCAPE'
}

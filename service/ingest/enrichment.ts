/** What the service itself knows of a sample: from the user agent, the address and the screen. */
import type { Locations } from './location.ts'
import { createUserAgentReader } from './user-agent.ts'
import type { SampleRow } from './wire-members.ts'

export interface Sender {
  userAgent: string
  /** Of the player, behind trusted proxies alone. It is never stored. */
  address: string
}

export type Enrich = (row: SampleRow, sender: Sender) => SampleRow

/** What a player says about itself goes first. */
export function createEnrichment(locations: Pick<Locations, 'find'>): Enrich {
  const readUserAgent = createUserAgentReader()
  return (row, { userAgent, address }) => {
    const orientation = orientationOf(row)
    return {
      ...withoutOtherSystem(readUserAgent(userAgent), row),
      ...locations.find(address),
      ...(orientation !== undefined && { screen_orientation: orientation }),
      ...row,
    }
  }
}

/** The version of one system says nothing about another. */
function withoutOtherSystem(read: SampleRow, row: SampleRow): SampleRow {
  if (row.operatingsystem === undefined) return read
  const { operatingsystem_version_major, operatingsystem_version_minor, ...rest } = read
  return read.operatingsystem === row.operatingsystem ? read : rest
}

function orientationOf({ screen_width: width, screen_height: height }: SampleRow) {
  if (typeof width !== 'number' || typeof height !== 'number') return undefined
  if (width === height) return 'UNKNOWN'
  return width < height ? 'PORTRAIT' : 'LANDSCAPE'
}

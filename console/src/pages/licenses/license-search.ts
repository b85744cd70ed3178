import { isSpan, type Span } from './sample-series.ts'
import { isPlayer, type Player } from './snippets.ts'

/** What of a license is looked at; what the address does not say, or says wrongly, is as by default. */
export function readLicenseSearch(search: Record<string, unknown>): {
  span?: Span
  player?: Player
} {
  const { span, player } = search
  return { ...(isSpan(span) && { span }), ...(isPlayer(player) && { player }) }
}

export interface SamplesSearch {
  type?: 'ADS'
  /** The how manieth, from the newest. */
  row?: number
  /** In names and meanings of columns. */
  find?: string
  /** Columns that have no value, too. */
  empty?: true
}

export function readSamplesSearch(search: Record<string, unknown>): SamplesSearch {
  const { type, row, find, empty } = search
  return {
    ...(type === 'ADS' && { type }),
    ...(typeof row === 'number' && Number.isInteger(row) && row > 1 && { row }),
    ...(typeof find === 'string' && find !== '' && { find }),
    ...(empty === true && { empty }),
  }
}

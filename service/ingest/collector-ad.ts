/** What a player's collector sends about an ad, or about one event of an ad, as one row. */
import { createHash } from 'node:crypto'
import { adColumns } from '#samples'
import { type CollectorBody, domainOf, missing, mistaken, noObject } from './collector-body.ts'
import { ID_LENGTH_MAX, membersOf, readMembers } from './wire-members.ts'
import { jsonOf, objectOf, textOf } from './wire-values.ts'

const HASH_BYTES = 16

const members = membersOf(adColumns, {
  // As Android spells it, and iOS.
  aliases: {
    adSkippableAfter: 'ad_skip_after',
    adClickThroughUrl: 'ad_clickthrough_url',
    playerStartuptime: 'player_startuptime',
  },
  readers: { domain: domainOf },
  known: [
    ...['key', 'userAgent', 'retryCount', 'timeSinceAdStartedInMs', 'expectedPaidAds'],
    ...['expectedSlates', 'completedPaidAds', 'completedSlates', 'exitedAdBreak'],
    ...['mimeType', 'isLive', 'deviceInformation.manufacturer', 'deviceInformation.isTV'],
  ],
})

/** Reads a parsed `POST /analytics/a` body. A break that was loaded without an ad has no id. */
export function readCollectorAd(body: unknown): CollectorBody {
  const sent = objectOf(body)
  if (sent === undefined) return noObject
  const licenseKey = textOf(sent.key, ID_LENGTH_MAX)
  if (licenseKey === null) return mistaken([missing('key')])
  const hash = hashOf(sent)
  if (hash === undefined) return mistaken([{ field: 'body', text: 'is nested too deeply' }])
  const { row, unknownMembers } = readMembers(members, sent)
  return {
    kind: 'row',
    licenseKey,
    domain: domainOf(sent.domain) ?? undefined,
    row: { ...row, ad_impression_id: row.ad_impression_id ?? '', body_hash: hash },
    unknownMembers,
  }
}

/** Of all that was sent in whatever order, but for how often it was. */
function hashOf(sent: Record<string, unknown>): string | undefined {
  const names = Object.keys(sent).filter((name) => name !== 'retryCount')
  const text = jsonOf(names.sort().map((name) => [name, sent[name]]))
  if (text === null) return undefined
  const digest = createHash('sha256').update(text).digest()
  return digest.subarray(0, HASH_BYTES).toString('base64url')
}

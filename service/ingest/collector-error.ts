/** What a player's collector tells about an error beyond its sample, as one row. */
import { errorDetailColumns } from '#samples'
import { type CollectorBody, domainOf, missing, mistaken, noObject } from './collector-body.ts'
import { ID_LENGTH_MAX, membersOf, readMembers, URL_LENGTH_MAX } from './wire-members.ts'
import { flagOf, instantOf, integerOf, jsonOf, objectOf, textOf } from './wire-values.ts'

/** More than any collector keeps. */
const REQUESTS_MAX = 50

const members = membersOf(errorDetailColumns, {
  aliases: { timestamp: 'client_time' },
  readers: { domain: domainOf, http_requests: requestsOf },
  known: ['licenseKey', 'key', 'userAgent', 'retryCount'],
})

/** Reads a parsed `POST /analytics/error` body, whose license key has a name of its own. */
export function readCollectorError(body: unknown): CollectorBody {
  const sent = objectOf(body)
  if (sent === undefined) return noObject
  const licenseKey = textOf(sent.licenseKey ?? sent.key, ID_LENGTH_MAX)
  const { row, unknownMembers } = readMembers(members, sent)
  const mistakes = [
    ...(licenseKey === null ? [missing('licenseKey')] : []),
    ...(row.impression_id === undefined ? [missing('impressionId')] : []),
    ...(Number(row.error_id) >= 0
      ? []
      : [{ field: 'errorId', text: 'must be a number from 0 on' }]),
  ]
  if (licenseKey === null || mistakes.length > 0) return mistaken(mistakes)
  return {
    kind: 'row',
    licenseKey,
    domain: domainOf(sent.domain) ?? undefined,
    row,
    unknownMembers,
  }
}

/** As the API answers with them. */
function requestsOf(value: unknown): string | null {
  if (!Array.isArray(value)) return null
  const requests = value.slice(-REQUESTS_MAX).flatMap((item) => requestOf(objectOf(item)) ?? [])
  return jsonOf(requests)
}

function requestOf(sent: Record<string, unknown> | undefined) {
  if (sent === undefined) return undefined
  return {
    clientTime: instantOf(sent.timestamp),
    type: typeOf(sent.type),
    url: textOf(sent.url, URL_LENGTH_MAX),
    lastRedirectLocation: textOf(sent.lastRedirectLocation, URL_LENGTH_MAX),
    httpStatus: integerOf(sent.httpStatus),
    downloadTime: integerOf(sent.downloadTime),
    timeToFirstByte: integerOf(sent.timeToFirstByte),
    size: integerOf(sent.size),
    success: flagOf(sent.success),
  }
}

/** Web collectors say media/video, Android's MEDIA_VIDEO. */
function typeOf(value: unknown): string {
  const text = textOf(value, ID_LENGTH_MAX) ?? 'UNKNOWN'
  return text.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
}

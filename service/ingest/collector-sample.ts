/** What a player's collector sends about playback, as one row in column form. */
import { sampleColumns } from '#samples'
import { type CollectorBody, domainOf, missing, mistaken, noObject } from './collector-body.ts'
import { ID_LENGTH_MAX, membersOf, readMembers, type SampleRow } from './wire-members.ts'
import { integerOf, numberOf, objectOf, textOf } from './wire-values.ts'

const SEQUENCE_NUMBER_MAX = 1000
const PLAYED_MS_MAX = 90_000
const ANDROID_SPEED_UNIT = 1000

const members = membersOf(sampleColumns, {
  aliases: {
    // As Roku spells it.
    subtitleEnable: 'subtitle_enabled',
    'latencyInfo.avgLatency': 'latency',
    'latencyInfo.targetLatency': 'target_latency',
    'latencyInfo.avgLatencyDelta': 'target_latency_delta',
  },
  readers: { domain: domainOf },
  known: [
    ...['key', 'userAgent', 'retryCount', 'completed', 'completedTotal', 'errorData'],
    ...['errorSegments', 'deviceInformation.manufacturer', 'deviceInformation.isTV'],
    ...['downloadSpeedInfo.minDownloadSpeed', 'downloadSpeedInfo.maxDownloadSpeed'],
    ...['downloadSpeedInfo.avgTimeToFirstByte', 'adImpressionId'],
  ],
})

/** Reads a parsed `POST /analytics` body. Numbers are whole after it, text is bounded. */
export function readCollectorSample(body: unknown): CollectorBody {
  const sent = objectOf(body)
  if (sent === undefined) return noObject
  const { row, unknownMembers } = readMembers(members, sent)
  if (isAndroid(row)) readAndroidSpeed(row, sent)
  const licenseKey = textOf(sent.key, ID_LENGTH_MAX)
  const mistakes = [
    ...(licenseKey === null ? [missing('key')] : []),
    // Rows are told apart by impression and number; without them one would replace another.
    ...(row.impression_id === undefined ? [missing('impressionId')] : []),
    ...(Number(row.sequence_number) >= 0
      ? []
      : [{ field: 'sequenceNumber', text: 'must be a number from 0 on' }]),
  ]
  if (licenseKey === null || mistakes.length > 0) return mistaken(mistakes)
  const reason = reasonToDrop(row)
  if (reason !== undefined) return { kind: 'dropped', licenseKey, reason }
  return {
    kind: 'row',
    licenseKey,
    domain: domainOf(sent.domain) ?? undefined,
    row,
    unknownMembers,
  }
}

function reasonToDrop(row: SampleRow): string | undefined {
  if (Number(row.sequence_number) > SEQUENCE_NUMBER_MAX)
    return `sequenceNumber is above ${SEQUENCE_NUMBER_MAX}`
  if (Number(row.played ?? 0) >= PLAYED_MS_MAX) return `played is not below ${PLAYED_MS_MAX} ms`
  return undefined
}

function isAndroid(row: SampleRow): boolean {
  return typeof row.platform === 'string' && /^android/i.test(row.platform)
}

/** Web collectors send bit/s and Android's kbit/s; the column is bit/s. */
function readAndroidSpeed(row: SampleRow, sent: Record<string, unknown>): void {
  const speed = numberOf(objectOf(sent.downloadSpeedInfo)?.avgDownloadSpeed)
  row.download_speed = integerOf(speed * ANDROID_SPEED_UNIT) ?? undefined
}

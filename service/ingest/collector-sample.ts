/**
 * What a player's collector sends about playback, as one row in column form. The collectors spell some
 * members in their own way and differ by platform, so members are looked up in one table, values are
 * read leniently, and what is not in the table is left out.
 */
import type { Mistake } from '#errors'
import type { SampleValue } from '#samples'
import { flagOf, instantOf, integerOf, objectOf, textListOf, textOf } from './wire-values.ts'

/** Column names in snake_case; what was not sent is not there. */
export type SampleRow = Record<string, SampleValue>

export type CollectorSample =
  | { kind: 'sample'; licenseKey: string; domain: string | undefined; row: SampleRow }
  /** Beyond what a sane player sends; the collectors themselves keep to the same limits. */
  | { kind: 'dropped'; licenseKey: string; reason: string }
  | { kind: 'mistaken'; mistakes: Mistake[] }

export const SEQUENCE_NUMBER_MAX = 1000
export const PLAYED_MS_MAX = 90_000

/** Characters; longer text is cut. */
export const ID_LENGTH_MAX = 128
export const TEXT_LENGTH_MAX = 1024
export const CUSTOM_DATA_LENGTH_MAX = 1024
export const URL_LENGTH_MAX = 4096
export const CODECS_MAX = 32
const CUSTOM_DATA_FIELDS_MAX = 100
const ANDROID_SPEED_UNIT = 1000

const integerMembers = [
  ...['ad', 'adIndex', 'audioBitrate', 'buffered', 'drmLoadTime', 'droppedFrames', 'duration'],
  ...['errorCode', 'pageLoadTime', 'pageLoadType', 'paused', 'played', 'playerStartupTime'],
  ...['screenHeight', 'screenWidth', 'seeked', 'sequenceNumber', 'startupTime'],
  ...['videoBitrate', 'videoDuration', 'videoPlaybackHeight', 'videoPlaybackWidth'],
  ...['videoStartupTime', 'videoTimeEnd', 'videoTimeStart', 'videoWindowHeight'],
  ...['videoWindowWidth', 'initialTimeToTargetLatency', 'latency', 'targetLatency'],
  ...['targetLatencyDelta', 'timeToTargetLatency'],
]
const flagMembers = [
  ...['autoplay', 'isCasting', 'isLive', 'isLowLatency', 'isMuted', 'isProgramChange'],
  ...['subtitleEnabled', 'videoStartFailed'],
]
const idMembers = ['impressionId', 'userId', 'customUserId', 'playerKey']
const urlMembers = ['m3u8Url', 'mpdUrl', 'progUrl', 'path']
const textMembers = [
  ...['adId', 'adPosition', 'adSystem', 'analyticsVersion', 'audioCodec', 'audioLanguage'],
  ...['castTech', 'cdnProvider', 'drmType', 'errorMessage', 'errorSeverity', 'experimentName'],
  ...['language', 'platform', 'player', 'playerTech', 'size', 'state', 'streamFormat'],
  ...['subtitleLanguage', 'version', 'videoCodec', 'videoId', 'videoStartFailedReason'],
  'videoTitle',
]
const customDataMembers = Array.from(
  { length: CUSTOM_DATA_FIELDS_MAX },
  (_, index) => `customData${index + 1}`,
)

/** Wire names whose column is not their plain snake_case. */
const irregularColumns: Record<string, string> = {
  m3u8Url: 'm3u8_url',
  playerStartupTime: 'player_startuptime',
  startupTime: 'startuptime',
  time: 'client_time',
  version: 'player_version',
  videoStartFailed: 'videostart_failed',
  videoStartFailedReason: 'videostart_failed_reason',
  videoStartupTime: 'video_startuptime',
  videoTimeEnd: 'videotime_end',
  videoTimeStart: 'videotime_start',
}

interface Member {
  wire: string
  column: string
  read(value: unknown): SampleValue
}

function membersOf(names: string[], read: (value: unknown) => SampleValue): Member[] {
  return names.map((wire) => ({ wire, column: columnOf(wire), read }))
}

function columnOf(wire: string): string {
  const plain = wire.replace(/[A-Z]|\d+$/g, (part) => `_${part.toLowerCase()}`)
  return irregularColumns[wire] ?? plain
}

const upTo = (lengthMax: number) => (value: unknown) => textOf(value, lengthMax)
const members: Member[] = [
  ...membersOf(integerMembers, integerOf),
  ...membersOf(['time'], instantOf),
  ...membersOf(flagMembers, flagOf),
  ...membersOf(idMembers, upTo(ID_LENGTH_MAX)),
  ...membersOf(urlMembers, upTo(URL_LENGTH_MAX)),
  ...membersOf(textMembers, upTo(TEXT_LENGTH_MAX)),
  ...membersOf(customDataMembers, upTo(CUSTOM_DATA_LENGTH_MAX)),
  ...membersOf(['supportedVideoCodecs'], (value) =>
    textListOf(value, { itemsMax: CODECS_MAX, lengthMax: ID_LENGTH_MAX }),
  ),
]

const deviceMembers: Member[] = [
  { wire: 'model', column: 'device_type', read: upTo(TEXT_LENGTH_MAX) },
  { wire: 'deviceClass', column: 'device_class', read: upTo(ID_LENGTH_MAX) },
  { wire: 'operatingSystem', column: 'operatingsystem', read: upTo(ID_LENGTH_MAX) },
  {
    wire: 'operatingSystemMajor',
    column: 'operatingsystem_version_major',
    read: upTo(ID_LENGTH_MAX),
  },
  {
    wire: 'operatingSystemMinor',
    column: 'operatingsystem_version_minor',
    read: upTo(ID_LENGTH_MAX),
  },
]
const downloadMembers: Member[] = [
  { wire: 'segmentsDownloadCount', column: 'segment_download_count', read: integerOf },
  { wire: 'segmentsDownloadSize', column: 'segment_download_size', read: integerOf },
  { wire: 'segmentsDownloadTime', column: 'segment_download_time', read: integerOf },
]

/** Reads a parsed `POST /analytics` body. Numbers are whole after it, text is bounded. */
export function readCollectorSample(body: unknown): CollectorSample {
  const sent = objectOf(body)
  if (sent === undefined) return mistaken([{ field: 'body', text: 'must be a JSON object' }])
  const domain = domainOf(sent.domain)
  const row: SampleRow = {
    ...pick(members, sent),
    ...pick(deviceMembers, objectOf(sent.deviceInformation) ?? {}),
    ...readDownloads(sent),
    ...(domain !== undefined && { domain }),
  }
  const licenseKey = textOf(sent.key, ID_LENGTH_MAX)
  const mistakes = [
    ...(licenseKey === null ? [missing('key')] : []),
    ...(row.impression_id === undefined ? [missing('impressionId')] : []),
    ...(isSequenceNumber(row.sequence_number)
      ? []
      : [{ field: 'sequenceNumber', text: 'must be a number from 0 on' }]),
  ]
  if (licenseKey === null || mistakes.length > 0) return mistaken(mistakes)
  const reason = reasonToDrop(row)
  if (reason !== undefined) return { kind: 'dropped', licenseKey, reason }
  return { kind: 'sample', licenseKey, domain, row }
}

function mistaken(mistakes: Mistake[]): CollectorSample {
  return { kind: 'mistaken', mistakes }
}

/** Rows are told apart by impression and number; without them one would replace another. */
function missing(field: string): Mistake {
  return { field, text: 'is missing' }
}

function isSequenceNumber(value: SampleValue | undefined): boolean {
  return typeof value === 'number' && value >= 0
}

function reasonToDrop(row: SampleRow): string | undefined {
  if (Number(row.sequence_number) > SEQUENCE_NUMBER_MAX)
    return `sequenceNumber is above ${SEQUENCE_NUMBER_MAX}`
  if (Number(row.played ?? 0) >= PLAYED_MS_MAX) return `played is not below ${PLAYED_MS_MAX} ms`
  return undefined
}

function pick(wanted: Member[], sent: Record<string, unknown>): SampleRow {
  const row: SampleRow = {}
  for (const { wire, column, read } of wanted) {
    const value = read(sent[wire])
    if (value !== null) row[column] = value
  }
  return row
}

/** Web collectors send bit/s and Android's kbit/s; the column is bit/s. */
function readDownloads(sent: Record<string, unknown>): SampleRow {
  const downloads = objectOf(sent.downloadSpeedInfo) ?? {}
  const isAndroid = /^android/i.test(textOf(sent.platform, ID_LENGTH_MAX) ?? '')
  const speed = Number(downloads.avgDownloadSpeed ?? Number.NaN)
  const bitsPerSecond = integerOf(isAndroid ? speed * ANDROID_SPEED_UNIT : speed)
  return {
    ...pick(downloadMembers, downloads),
    ...(bitsPerSecond !== null && { download_speed: bitsPerSecond }),
  }
}

function domainOf(value: unknown): string | undefined {
  const text = textOf(value, TEXT_LENGTH_MAX)
  return text === null ? undefined : text.toLowerCase().replace(/^www\./, '')
}

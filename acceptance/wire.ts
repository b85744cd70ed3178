/**
 * What the web collector puts on the wire, and the columns it belongs in, as the field's documents have
 * them. Written apart from the service, so that the two can disagree.
 */
export interface Sample {
  key: string
  impressionId: string
  sequenceNumber: number
  state: string
  time: number
  [member: string]: unknown
}

/** What it says about an ad. */
export interface AdSample {
  key: string
  adImpressionId: string
  time: number
  [member: string]: unknown
}

/** A row of a CSV file, its empty fields left out. */
export type Row = Record<string, string>

const irregular: Record<string, string> = {
  key: 'license_key',
  time: 'client_time',
  version: 'player_version',
  startupTime: 'startuptime',
  playerStartupTime: 'player_startuptime',
  videoStartupTime: 'video_startuptime',
  videoTimeStart: 'videotime_start',
  videoTimeEnd: 'videotime_end',
  segmentsDownloadCount: 'segment_download_count',
  segmentsDownloadSize: 'segment_download_size',
  segmentsDownloadTime: 'segment_download_time',
  avgDownloadSpeed: 'download_speed',
  m3u8Url: 'm3u8_url',
  wrapperAdsCount: 'ad_wrapper_ads_count',
}

/** No column is theirs: `userAgent` becomes what the server makes of it. */
const withoutColumn = {
  sample: [
    ...['userAgent', 'completed', 'completedTotal', 'errorSegments', 'errorData'],
    ...['minDownloadSpeed', 'maxDownloadSpeed', 'avgTimeToFirstByte'],
  ],
  ad: ['userAgent', 'timeSinceAdStartedInMs'],
}

/** The row of a sample, without what the server adds. A list is always there. */
export function rowOf({ downloadSpeedInfo, ...sample }: Sample): Row {
  const sent = { ...sample, ...Object(downloadSpeedInfo) }
  return { supported_video_codecs: '[]', ...columnsOf(sent, withoutColumn.sample) }
}

export function adRowOf(ad: AdSample): Row {
  return columnsOf(ad, withoutColumn.ad)
}

function columnsOf(sent: Record<string, unknown>, left: readonly string[]): Row {
  const row: Row = {}
  for (const [member, value] of Object.entries(sent)) {
    if (left.includes(member) || value === '' || value === null) continue
    row[columnOf(member)] = textOf(member, value)
  }
  return row
}

function columnOf(member: string): string {
  return irregular[member] ?? member.replace(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`)
}

function textOf(member: string, value: unknown): string {
  if (member === 'time') return new Date(Number(value)).toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

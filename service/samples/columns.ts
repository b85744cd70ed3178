// Every column of a sample, in the order in which files have them. The names are those of the
// Bitmovin Analytics API in snake_case. Figures that a query derives (error_percentage, viewtime, …)
// and the parts of `time` (minute, hour, day, month) are no columns, and an IP address is never stored.

/** ClickHouse's name of the type, without Nullable and LowCardinality, which `storedTypeOf` adds. */
export type ColumnType = 'String' | 'Int64' | 'Bool' | "DateTime64(3, 'UTC')" | 'Array(String)'

/** As a row brings it: instants as Date. */
export type SampleValue = string | number | boolean | Date | readonly string[] | null

export interface SampleColumn {
  readonly name: string
  readonly type: ColumnType
  /** What a player may leave out; an absent list is empty instead. */
  readonly isNullable: boolean
  readonly unit?: string
  readonly description: string
  /** The member of a collector's sample it comes from, where one member decides. */
  readonly wire?: string
  /** Few different values: the store keeps a dictionary. */
  readonly isRepetitive?: true
}

/** Fields of custom data. Collectors send up to 100, of which the API's enumerations name 75; none is dropped. */
export const CUSTOM_DATA_FIELDS = 100

type Options = Partial<Pick<SampleColumn, 'isNullable' | 'isRepetitive' | 'unit' | 'wire'>>

/** Without a wire name of its own, a column has its name in camelCase; '' says that no collector sends it. */
function column(name: string, type: ColumnType, description: string, options: Options = {}) {
  const { isNullable = type !== 'Array(String)', wire = camelCase(name), ...rest } = options
  return { name, type, isNullable, description, ...rest, ...(wire !== '' && { wire }) }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

const text = (name: string, description: string, options: Options = {}): SampleColumn =>
  column(name, 'String', description, options)
/** A text with few different values. */
const few = (name: string, description: string, options: Options = {}): SampleColumn =>
  column(name, 'String', description, { ...options, isRepetitive: true })
const flag = (name: string, description: string, options: Options = {}): SampleColumn =>
  column(name, 'Bool', description, options)
const integer = (name: string, unit: string, description: string, wire?: string): SampleColumn =>
  column(name, 'Int64', description, {
    ...(unit !== '' && { unit }),
    ...(wire !== undefined && { wire }),
  })

export const sampleColumns: readonly SampleColumn[] = [
  few('license_key', 'license the player reported under', { isNullable: false, wire: 'key' }),
  column(
    'time',
    "DateTime64(3, 'UTC')",
    'when the service stored the sample; for imported samples, the time they came with',
    { isNullable: false, unit: 'UTC, ms', wire: '' },
  ),
  text('impression_id', 'one source loaded into one player', { isNullable: false }),
  column('sequence_number', 'Int64', 'position of the sample within its impression, from 0', {
    isNullable: false,
  }),
  column('client_time', "DateTime64(3, 'UTC')", 'the clock of the player’s device', {
    unit: 'UTC, ms',
    wire: 'time',
  }),
  few('state', 'what the player was doing while the sample lasted'),
  integer('duration', 'ms', 'how long the sample lasted'),

  text('user_id', 'the browser or device, as the collector recognises it'),
  text('custom_user_id', 'the user, as the customer names them'),
  few('experiment_name', 'variant of an experiment'),
  few('domain', 'host of the page or name of the app'),
  text('path', 'path of the page'),
  few('language', 'language of the browser or app'),
  few('country', 'country, ISO 3166-1 alpha-2', { wire: '' }),
  few('region', 'region, ISO 3166-2', { wire: '' }),
  few('city', 'city', { wire: '' }),
  few('isp', 'internet provider', { wire: '' }),

  few('platform', 'kind of client, such as web, android or roku'),
  few('browser', 'browser', { wire: '' }),
  few('browser_version_major', 'first number of the browser’s version', { wire: '' }),
  few('browser_version_minor', 'second number of the browser’s version', { wire: '' }),
  flag('browser_is_bot', 'the user agent names a crawler', { wire: '' }),
  few('operatingsystem', 'operating system', { wire: 'deviceInformation.operatingSystem' }),
  few('operatingsystem_version_major', 'first number of the operating system’s version', {
    wire: 'deviceInformation.operatingSystemMajor',
  }),
  few('operatingsystem_version_minor', 'second number of the operating system’s version', {
    wire: 'deviceInformation.operatingSystemMinor',
  }),
  few('device_type', 'model of the device', { wire: 'deviceInformation.model' }),
  few('device_class', 'Desktop, Phone, Tablet, TV, Console, STB, Wearable or Other', {
    wire: 'deviceInformation.deviceClass',
  }),
  integer('screen_width', 'px', 'width of the screen'),
  integer('screen_height', 'px', 'height of the screen'),
  few('screen_orientation', 'PORTRAIT, LANDSCAPE or UNKNOWN', { wire: '' }),

  few('player', 'product name of the player'),
  few('player_version', 'player and its version', { wire: 'version' }),
  few('player_tech', 'how the player decodes, such as html5 or native'),
  text('player_key', 'license key of the player itself'),
  few('analytics_version', 'version of the collector'),
  integer('page_load_type', '', '1 loaded in the foreground, 2 in the background'),
  integer('page_load_time', 'ms', 'time the page took to load'),

  text('video_id', 'the video, as the customer names it'),
  text('video_title', 'title of the video'),
  integer('video_duration', 'ms', 'length of the video'),
  flag('is_live', 'the source is a live stream'),
  few('stream_format', 'hls, dash or progressive'),
  text('mpd_url', 'DASH source'),
  text('m3u8_url', 'HLS source'),
  text('prog_url', 'progressive source'),
  few('cdn_provider', 'network that delivers the video'),
  few('audio_language', 'language of the sound'),
  flag('subtitle_enabled', 'subtitles are shown'),
  few('subtitle_language', 'language of the subtitles'),

  integer('played', 'ms', 'time played within the sample'),
  integer('paused', 'ms', 'time paused within the sample'),
  integer('buffered', 'ms', 'time spent rebuffering within the sample'),
  integer('seeked', 'ms', 'time spent seeking within the sample'),
  integer('videotime_start', 'ms', 'position in the video when the sample began', 'videoTimeStart'),
  integer('videotime_end', 'ms', 'position in the video when the sample ended', 'videoTimeEnd'),
  few('size', 'FULLSCREEN or WINDOW'),
  integer('video_window_width', 'px', 'width of the player'),
  integer('video_window_height', 'px', 'height of the player'),
  integer('video_playback_width', 'px', 'width of the rendition'),
  integer('video_playback_height', 'px', 'height of the rendition'),
  integer('video_bitrate', 'bit/s', 'bitrate of the video'),
  integer('audio_bitrate', 'bit/s', 'bitrate of the sound'),
  few('video_codec', 'codec of the video'),
  few('audio_codec', 'codec of the sound'),
  column('supported_video_codecs', 'Array(String)', 'codecs that the device can play'),
  integer('dropped_frames', 'frames', 'frames dropped within the sample'),
  flag('is_muted', 'the sound is off'),
  flag('is_casting', 'the video plays on another device'),
  few('cast_tech', 'AirPlay, GoogleCast or WebSocket'),

  integer('startuptime', 'ms', 'start-up of the player and of the video together', 'startupTime'),
  integer('player_startuptime', 'ms', 'start-up of the player', 'playerStartupTime'),
  integer(
    'video_startuptime',
    'ms',
    'from the wish to play to the first frame; above 0 marks a play',
    'videoStartupTime',
  ),
  flag('autoplay', 'playing began without the viewer'),
  few('drm_type', 'system that protects the video'),
  integer('drm_load_time', 'ms', 'time the exchange for the video’s key took'),
  flag('videostart_failed', 'the video did not start', { wire: 'videoStartFailed' }),
  few('videostart_failed_reason', 'PAGE_CLOSED, PLAYER_ERROR, TIMEOUT or UNKNOWN', {
    wire: 'videoStartFailedReason',
  }),
  flag('is_program_change', 'the impression began by a change of program'),

  integer('error_code', '', 'number of the error'),
  text('error_message', 'text of the error'),
  few('error_severity', 'CRITICAL or INFO'),

  integer('ad', '', '0 no ad, 1 an ad inserted by the client, 2 by the server'),
  text('ad_id', 'the ad that the server inserted'),
  few('ad_system', 'system the server’s ad comes from'),
  few('ad_position', 'pre, mid or post'),
  integer('ad_index', '', 'position of the server’s ad within its break'),

  integer(
    'download_speed',
    'bit/s',
    'mean speed of the segments’ downloads',
    'downloadSpeedInfo.avgDownloadSpeed',
  ),
  integer(
    'segment_download_count',
    'segments',
    'segments downloaded within the sample',
    'downloadSpeedInfo.segmentsDownloadCount',
  ),
  integer(
    'segment_download_size',
    'bytes',
    'size of those segments',
    'downloadSpeedInfo.segmentsDownloadSize',
  ),
  integer(
    'segment_download_time',
    'ms',
    'time their downloads took',
    'downloadSpeedInfo.segmentsDownloadTime',
  ),

  flag('is_low_latency', 'the player aims at low latency', { wire: '' }),
  integer('latency', 'ms', 'distance to the live edge', ''),
  integer('target_latency', 'ms', 'distance to the live edge that the player aims at', ''),
  integer('target_latency_delta', 'ms', 'how far the latency is from its target', ''),
  integer('time_to_target_latency', 'ms', 'time until the target was reached', ''),
  integer('initial_time_to_target_latency', 'ms', 'time until the target was first reached', ''),

  ...Array.from({ length: CUSTOM_DATA_FIELDS }, (_, index) =>
    text(`custom_data_${index + 1}`, `the customer’s own field ${index + 1}`, {
      wire: `customData${index + 1}`,
    }),
  ),
]

/** The type of a column in the store. */
export function storedTypeOf({ type, isNullable, isRepetitive }: SampleColumn): string {
  const stored = isNullable ? `Nullable(${type})` : type
  return isRepetitive ? `LowCardinality(${stored})` : stored
}

const columnByName = new Map(sampleColumns.map((column) => [plain(column.name), column]))

/** Names in snake_case, camelCase and UPPER_CASE differ in case and underscores alone. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

/**
 * The columns of these names, in their order; all columns where none are named. Names may be written
 * in snake_case, camelCase or UPPER_CASE. All unknown names are told at once; a repeated one counts once.
 */
export function resolveColumns(
  names: readonly string[] | undefined,
): { columns: SampleColumn[] } | { unknown: string[] } {
  if (names === undefined || names.length === 0) return { columns: [...sampleColumns] }
  const unknown = names.filter((name) => !isKnown(name))
  if (unknown.length > 0) return { unknown }
  const found = names.flatMap((name) => columnByName.get(plain(name)) ?? [])
  return { columns: [...new Set(found)] }
}

const spelling = /^([a-z][a-z0-9]*(_[a-z0-9]+)*|[a-z][a-zA-Z0-9]*|[A-Z][A-Z0-9]*(_[A-Z0-9]+)*)$/

function isKnown(name: string): boolean {
  return spelling.test(name) && columnByName.has(plain(name))
}

/** What an instant of the store can be; clocks of devices say anything. */
const TIME_MIN = Date.UTC(1970, 0, 1)
const TIME_MAX = Date.UTC(2200, 0, 1)

/** Why a value cannot stand in a column, in words; undefined when it can. */
export function mistakeOfValue(
  { type, isNullable }: SampleColumn,
  value: SampleValue | undefined,
): string | undefined {
  if (value === null || value === undefined)
    return isNullable || type === 'Array(String)' ? undefined : 'must be given'
  switch (type) {
    case 'String':
      return typeof value === 'string' ? undefined : 'must be a text'
    case 'Int64':
      return Number.isSafeInteger(value) ? undefined : 'must be a whole number below 2^53'
    case 'Bool':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case "DateTime64(3, 'UTC')":
      return value instanceof Date && value.getTime() >= TIME_MIN && value.getTime() < TIME_MAX
        ? undefined
        : 'must be an instant from 1970 to 2199'
    case 'Array(String)':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? undefined
        : 'must be a list of texts'
  }
}

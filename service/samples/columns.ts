// Every column of a sample, in the order in which files have them. The names are those of the
// Bitmovin Analytics API in snake_case. Figures that a query derives (error_percentage, viewtime, …)
// and the parts of `time` (hour, day, …) are no columns, and an IP address is never stored.

/** How a value is typed in JSON, CSV and Parquet; `clickhouseTypeOf` gives the store's type. */
export type ColumnType = 'text' | 'integer' | 'boolean' | 'time' | 'texts'

export interface SampleColumn {
  readonly name: string
  readonly type: ColumnType
  readonly unit?: string
  readonly meaning: string
  /** Few different values: the store keeps a dictionary. */
  readonly isRepetitive?: true
  /** Part of the key: always there. */
  readonly isRequired?: true
}

/** Fields of custom data that a sample has; the API's enumerations know as many. */
export const CUSTOM_DATA_FIELDS = 75

type Options = Pick<SampleColumn, 'isRepetitive' | 'isRequired'>

const text = (name: string, meaning: string, options: Options = {}): SampleColumn => ({
  ...{ name, type: 'text', meaning, ...options },
})
const few = (name: string, meaning: string): SampleColumn =>
  text(name, meaning, { isRepetitive: true })
const flag = (name: string, meaning: string): SampleColumn => ({ name, type: 'boolean', meaning })
const integer = (name: string, unit: string, meaning: string): SampleColumn =>
  unit === '' ? { name, type: 'integer', meaning } : { name, type: 'integer', unit, meaning }

export const sampleColumns: readonly SampleColumn[] = [
  text('license_key', 'license the player reported under', {
    isRequired: true,
    isRepetitive: true,
  }),
  {
    name: 'time',
    type: 'time',
    unit: 'UTC, ms',
    meaning: 'when the service stored the sample; for imported samples, the time they came with',
    isRequired: true,
  },
  text('impression_id', 'one source loaded into one player', { isRequired: true }),
  {
    name: 'sequence_number',
    type: 'integer',
    meaning: 'position of the sample within its impression, from 0',
    isRequired: true,
  },
  {
    name: 'client_time',
    type: 'time',
    unit: 'UTC, ms',
    meaning: 'the clock of the player’s device',
  },
  few('state', 'what the player was doing while the sample lasted'),
  integer('duration', 'ms', 'how long the sample lasted'),

  text('user_id', 'the browser or device, as the collector recognises it'),
  text('custom_user_id', 'the user, as the customer names them'),
  few('experiment_name', 'variant of an experiment'),
  few('domain', 'host of the page or name of the app'),
  text('path', 'path of the page'),
  few('language', 'language of the browser or app'),
  few('country', 'country, ISO 3166-1 alpha-2'),
  few('region', 'region, ISO 3166-2'),
  few('city', 'city'),
  few('isp', 'internet provider'),

  few('platform', 'kind of client, such as web, android or roku'),
  few('browser', 'browser'),
  few('browser_version_major', 'first number of the browser’s version'),
  few('browser_version_minor', 'second number of the browser’s version'),
  flag('browser_is_bot', 'the user agent names a crawler'),
  few('operatingsystem', 'operating system'),
  few('operatingsystem_version_major', 'first number of the operating system’s version'),
  few('operatingsystem_version_minor', 'second number of the operating system’s version'),
  few('device_type', 'model of the device'),
  few('device_class', 'Desktop, Phone, Tablet, TV, Console, STB, Wearable or Other'),
  integer('screen_width', 'px', 'width of the screen'),
  integer('screen_height', 'px', 'height of the screen'),
  few('screen_orientation', 'PORTRAIT, LANDSCAPE or UNKNOWN'),

  few('player', 'product name of the player'),
  few('player_version', 'player and its version'),
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
  integer('videotime_start', 'ms', 'position in the video when the sample began'),
  integer('videotime_end', 'ms', 'position in the video when the sample ended'),
  few('size', 'FULLSCREEN or WINDOW'),
  integer('video_window_width', 'px', 'width of the player'),
  integer('video_window_height', 'px', 'height of the player'),
  integer('video_playback_width', 'px', 'width of the rendition'),
  integer('video_playback_height', 'px', 'height of the rendition'),
  integer('video_bitrate', 'bit/s', 'bitrate of the video'),
  integer('audio_bitrate', 'bit/s', 'bitrate of the sound'),
  few('video_codec', 'codec of the video'),
  few('audio_codec', 'codec of the sound'),
  { name: 'supported_video_codecs', type: 'texts', meaning: 'codecs that the device can play' },
  integer('dropped_frames', 'frames', 'frames dropped within the sample'),
  flag('is_muted', 'the sound is off'),
  flag('is_casting', 'the video plays on another device'),
  few('cast_tech', 'AirPlay, GoogleCast or WebSocket'),

  integer('startuptime', 'ms', 'start-up of the player and of the video together'),
  integer('player_startuptime', 'ms', 'start-up of the player'),
  integer(
    'video_startuptime',
    'ms',
    'from the wish to play to the first frame; above 0 marks a play',
  ),
  flag('autoplay', 'playing began without the viewer'),
  few('drm_type', 'system that protects the video'),
  integer('drm_load_time', 'ms', 'time the exchange for the video’s key took'),
  flag('videostart_failed', 'the video did not start'),
  few('videostart_failed_reason', 'PAGE_CLOSED, PLAYER_ERROR, TIMEOUT or UNKNOWN'),
  flag('is_program_change', 'the impression began by a change of program'),

  integer('error_code', '', 'number of the error'),
  text('error_message', 'text of the error'),
  few('error_severity', 'CRITICAL or INFO'),

  integer('ad', '', '0 no ad, 1 an ad inserted by the client, 2 by the server'),
  text('ad_id', 'the ad that the server inserted'),
  few('ad_system', 'system the server’s ad comes from'),
  few('ad_position', 'pre, mid or post'),
  integer('ad_index', '', 'position of the server’s ad within its break'),

  integer('download_speed', 'bit/s', 'mean speed of the segments’ downloads'),
  integer('segment_download_count', 'segments', 'segments downloaded within the sample'),
  integer('segment_download_size', 'bytes', 'size of those segments'),
  integer('segment_download_time', 'ms', 'time their downloads took'),

  flag('is_low_latency', 'the player aims at low latency'),
  integer('latency', 'ms', 'distance to the live edge'),
  integer('target_latency', 'ms', 'distance to the live edge that the player aims at'),
  integer('target_latency_delta', 'ms', 'how far the latency is from its target'),
  integer('time_to_target_latency', 'ms', 'time until the target was reached'),
  integer('initial_time_to_target_latency', 'ms', 'time until the target was first reached'),

  ...Array.from({ length: CUSTOM_DATA_FIELDS }, (_, index) =>
    text(`custom_data_${index + 1}`, `the customer’s own field ${index + 1}`),
  ),
]

/** The type of a column in the store. What a player may leave out is Nullable. */
export function clickhouseTypeOf(column: SampleColumn): string {
  switch (column.type) {
    case 'texts':
      return 'Array(String)'
    case 'text': {
      const type = column.isRequired ? 'String' : 'Nullable(String)'
      return column.isRepetitive ? `LowCardinality(${type})` : type
    }
    case 'integer':
      return column.isRequired ? 'UInt32' : 'Nullable(Int64)'
    case 'boolean':
      return 'Nullable(Bool)'
    case 'time':
      return column.isRequired ? "DateTime64(3, 'UTC')" : "Nullable(DateTime64(3, 'UTC'))"
  }
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
): { columns: readonly SampleColumn[] } | { unknown: string[] } {
  if (names === undefined || names.length === 0) return { columns: sampleColumns }
  const unknown = names.filter((name) => !isKnown(name))
  if (unknown.length > 0) return { unknown }
  const found = names.flatMap((name) => columnByName.get(plain(name)) ?? [])
  return { columns: [...new Set(found)] }
}

const spelling = /^([a-z][a-z0-9]*(_[a-z0-9]+)*|[a-z][a-zA-Z0-9]*|[A-Z][A-Z0-9]*(_[A-Z0-9]+)*)$/

function isKnown(name: string): boolean {
  return spelling.test(name) && columnByName.has(plain(name))
}

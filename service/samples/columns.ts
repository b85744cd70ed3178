// Every column of a sample, in the order in which files have them. The names are those of the
// Bitmovin Analytics API in snake_case. Figures that a query derives (error_percentage, viewtime, …)
// and the parts of `time` (minute, hour, day, month) are no columns, and an IP address is never stored.

import { column, few, flag, integer, type SampleColumn, text } from './column.ts'

/** Fields of custom data. Collectors send up to 100, of which the API's enumerations name 75; none is dropped. */
export const CUSTOM_DATA_FIELDS = 100

export const customDataColumns: readonly SampleColumn[] = Array.from(
  { length: CUSTOM_DATA_FIELDS },
  (_, index) =>
    text(`custom_data_${index + 1}`, `the customer’s own field ${index + 1}`, {
      wire: `customData${index + 1}`,
    }),
)

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

  flag('is_low_latency', 'the player aims at low latency'),
  integer('latency', 'ms', 'distance to the live edge'),
  integer('target_latency', 'ms', 'distance to the live edge that the player aims at'),
  integer('target_latency_delta', 'ms', 'how far the latency is from its target'),
  integer('time_to_target_latency', 'ms', 'time until the target was reached'),
  integer('initial_time_to_target_latency', 'ms', 'time until the target was first reached'),

  ...customDataColumns,
]

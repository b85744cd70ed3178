import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { adColumns, type SampleColumn, sampleColumns } from '#samples'
import { readCollectorAd } from './collector-ad.ts'
import { readCollectorSample } from './collector-sample.ts'
import { rowOf } from './test-row.ts'

// What the collectors of the web (2.51), Android (3.29), Roku (2.6) and iOS (3) put on the wire, member by member,
// and where it goes. `a.b` is a member inside another; a member without a column is known, and left out.

/** What is sent, its column, and what is stored where that is something else. */
type Sent = [value: unknown, column?: string, stored?: unknown]
type Shape = Record<string, Sent>

const TIME_MS = 1_735_689_612_345
const instant = new Date(TIME_MS)

/** What every collector sends under the same names. */
const everywhere: Shape = {
  key: ['a-key'],
  userAgent: ['an agent'],
  domain: ['www.Example.org', 'domain', 'example.org'],
  path: ['/shows/42', 'path'],
  language: ['de-AT', 'language'],
  userId: ['9f7c1a52', 'user_id'],
  customUserId: ['member-7', 'custom_user_id'],
  videoId: ['show-42', 'video_id'],
  videoTitle: ['Show 42', 'video_title'],
  experimentName: ['layout-b', 'experiment_name'],
  cdnProvider: ['cloudfront', 'cdn_provider'],
  customData1: ['premium', 'custom_data_1'],
  customData30: ['{"row":3}', 'custom_data_30'],
  player: ['a-player', 'player'],
  playerTech: ['a-tech', 'player_tech'],
  playerKey: ['a-player-key', 'player_key'],
  version: ['a-player-1.5', 'player_version'],
  analyticsVersion: ['v2.51.0', 'analytics_version'],
  screenWidth: [1920, 'screen_width'],
  screenHeight: [1080, 'screen_height'],
  videoWindowWidth: [960, 'video_window_width'],
  videoWindowHeight: [540, 'video_window_height'],
  streamFormat: ['hls', 'stream_format'],
}

const sampleEverywhere: Shape = {
  ...everywhere,
  impressionId: ['3f1f0d9a', 'impression_id'],
  sequenceNumber: [7, 'sequence_number'],
  time: [TIME_MS, 'client_time', instant],
  state: ['playing', 'state'],
  duration: [59_700, 'duration'],
  played: [59_700, 'played'],
  paused: [0, 'paused'],
  buffered: [1, 'buffered'],
  seeked: [2, 'seeked'],
  ad: [2, 'ad'],
  adId: ['ad-1', 'ad_id'],
  adSystem: ['a-server', 'ad_system'],
  adPosition: ['midroll', 'ad_position'],
  adIndex: [3, 'ad_index'],
  isLive: [false, 'is_live'],
  isMuted: [true, 'is_muted'],
  isCasting: [false, 'is_casting'],
  videoDuration: [1_260_000, 'video_duration'],
  videoTimeStart: [35, 'videotime_start'],
  videoTimeEnd: [59_735, 'videotime_end'],
  videoPlaybackWidth: [1280, 'video_playback_width'],
  videoPlaybackHeight: [720, 'video_playback_height'],
  videoBitrate: [2_400_000, 'video_bitrate'],
  audioBitrate: [128_000, 'audio_bitrate'],
  droppedFrames: [4, 'dropped_frames'],
  mpdUrl: ['https://cdn/a.mpd', 'mpd_url'],
  m3u8Url: ['https://cdn/a.m3u8', 'm3u8_url'],
  progUrl: ['https://cdn/a.mp4', 'prog_url'],
  pageLoadType: [1, 'page_load_type'],
  pageLoadTime: [5, 'page_load_time'],
  playerStartupTime: [243, 'player_startuptime'],
  videoStartupTime: [412, 'video_startuptime'],
  startupTime: [655, 'startuptime'],
  videoStartFailed: [true, 'videostart_failed'],
  videoStartFailedReason: ['PLAYER_ERROR', 'videostart_failed_reason'],
  errorCode: [1021, 'error_code'],
  errorMessage: ['no source', 'error_message'],
}

/** Of the web, and of apps that play by it. */
const playback: Shape = {
  castTech: ['AirPlay', 'cast_tech'],
  videoCodec: ['avc1.64001f', 'video_codec'],
  audioCodec: ['mp4a.40.2', 'audio_codec'],
  supportedVideoCodecs: [['avc', 'av1'], 'supported_video_codecs'],
  audioLanguage: ['de', 'audio_language'],
  subtitleEnabled: [true, 'subtitle_enabled'],
  subtitleLanguage: ['en', 'subtitle_language'],
  drmType: ['widevine', 'drm_type'],
  drmLoadTime: [140, 'drm_load_time'],
  errorData: ['{}'],
  'downloadSpeedInfo.segmentsDownloadCount': [3, 'segment_download_count'],
  'downloadSpeedInfo.segmentsDownloadSize': [1_834_021, 'segment_download_size'],
  'downloadSpeedInfo.segmentsDownloadTime': [388, 'segment_download_time'],
}

const device: Shape = {
  'deviceInformation.model': ['Pixel 8', 'device_type'],
  'deviceInformation.deviceClass': ['Phone', 'device_class'],
  'deviceInformation.operatingSystem': ['Android', 'operatingsystem'],
  'deviceInformation.operatingSystemMajor': ['14', 'operatingsystem_version_major'],
  'deviceInformation.operatingSystemMinor': ['1', 'operatingsystem_version_minor'],
  'deviceInformation.manufacturer': ['Google'],
  'deviceInformation.isTV': [false],
}

const samples: Record<string, Shape> = {
  web: {
    ...sampleEverywhere,
    ...playback,
    platform: ['web', 'platform'],
    customData100: ['last', 'custom_data_100'],
    size: ['WINDOW', 'size'],
    autoplay: [true, 'autoplay'],
    isProgramChange: [false, 'is_program_change'],
    drmLoadTime: [140.4, 'drm_load_time', 140],
    completed: [0.047],
    completedTotal: [0.05],
    errorSeverity: ['CRITICAL', 'error_severity'],
    errorSegments: [[{ name: 'a.ts' }]],
    'deviceInformation.model': ['a-model', 'device_type'],
    'deviceInformation.deviceClass': ['TV', 'device_class'],
    // bit/s
    'downloadSpeedInfo.avgDownloadSpeed': [37_814_866.4, 'download_speed', 37_814_866],
    'downloadSpeedInfo.minDownloadSpeed': [30_110_200.1],
    'downloadSpeedInfo.maxDownloadSpeed': [42_001_000.9],
    'downloadSpeedInfo.avgTimeToFirstByte': [24.5],
  },
  android: {
    ...sampleEverywhere,
    ...playback,
    ...device,
    platform: ['androidTV', 'platform'],
    domain: ['com.example.player', 'domain'],
    customData100: ['last', 'custom_data_100'],
    autoplay: [null],
    isProgramChange: [true, 'is_program_change'],
    errorSeverity: ['INFO', 'error_severity'],
    retryCount: [2],
    // kbit/s
    'downloadSpeedInfo.avgDownloadSpeed': [37_814.866, 'download_speed', 37_814_866],
    'downloadSpeedInfo.minDownloadSpeed': [30_110.2],
    'downloadSpeedInfo.maxDownloadSpeed': [42_001],
    'downloadSpeedInfo.avgTimeToFirstByte': [24],
    'latencyInfo.avgLatency': [4500, 'latency'],
    'latencyInfo.targetLatency': [3000, 'target_latency'],
    'latencyInfo.avgLatencyDelta': [-1500, 'target_latency_delta'],
  },
  // What it has not set is null.
  roku: {
    ...sampleEverywhere,
    platform: ['roku', 'platform'],
    domain: ['12345_ab.roku', 'domain'],
    playerKey: ['', undefined],
    size: ['FULLSCREEN', 'size'],
    errorCode: [null],
    errorMessage: [null],
    errorSegments: [null],
    mpdUrl: [null],
    progUrl: [null],
    customData30: [null],
    videoStartFailed: [false, 'videostart_failed'],
    videoStartFailedReason: [null],
    subtitleEnable: [true, 'subtitle_enabled'],
    adImpressionId: ['5d1c'],
    'deviceInformation.model': ['3820X', 'device_type'],
    'deviceInformation.manufacturer': ['Roku'],
    'deviceInformation.isTV': [false],
  },
  iOS: {
    ...sampleEverywhere,
    ...playback,
    ...device,
    platform: ['tvOS', 'platform'],
    time: [TIME_MS + 0.4, 'client_time', instant],
    // What JSON has no number for, it writes as text.
    videoBitrate: ['nan'],
    audioBitrate: [128_000.4, 'audio_bitrate', 128_000],
  },
}

const adEverywhere: Shape = {
  ...everywhere,
  adImpressionId: ['5d1c', 'ad_impression_id'],
  videoImpressionId: ['3f1f0d9a', 'video_impression_id'],
  adId: ['ad-1', 'ad_id'],
  adSystem: ['a-server', 'ad_system'],
  adPosition: ['pre', 'ad_position'],
  adPlaybackWidth: [640, 'ad_playback_width'],
  adPlaybackHeight: [360, 'ad_playback_height'],
  started: [1, 'started'],
  quartile1: [1, 'quartile_1'],
  midpoint: [1, 'midpoint'],
  quartile3: [0, 'quartile_3'],
  completed: [0, 'completed'],
}

/** Of ads that the player shows, and of breaks. */
const clientAd: Shape = {
  time: [TIME_MS, 'client_time', instant],
  adModule: ['an-ad-module', 'ad_module'],
  adModuleVersion: ['1.2.3', 'ad_module_version'],
  adOffset: ['30%', 'ad_offset'],
  adScheduleTime: [30_000, 'ad_schedule_time'],
  adReplaceContentDuration: [1500, 'ad_replace_content_duration'],
  adPreloadOffset: [3000, 'ad_preload_offset'],
  adTagPath: ['/vast', 'ad_tag_path'],
  adTagServer: ['ads.example', 'ad_tag_server'],
  adTagType: ['vast', 'ad_tag_type'],
  adTagUrl: ['https://ads.example/vast', 'ad_tag_url'],
  adIsPersistent: [true, 'ad_is_persistent'],
  adIdPlayer: ['break-1', 'ad_id_player'],
  adFallbackIndex: [1, 'ad_fallback_index'],
  manifestDownloadTime: [120, 'manifest_download_time'],
  errorCode: [303, 'error_code'],
  errorMessage: ['No ad', 'error_message'],
  errorData: ['{"a":1}', 'error_data'],
  errorPosition: [4, 'error_position'],
  errorPercentage: [5, 'error_percentage'],
  wrapperAdsCount: [2, 'ad_wrapper_ads_count'],
  adSkippable: [true, 'ad_skippable'],
  adDescription: ['Red shoes', 'ad_description'],
  adDuration: [15_000, 'ad_duration'],
  adStartupTime: [80, 'ad_startup_time'],
  adTitle: ['Shoes', 'ad_title'],
  adPodPosition: [1, 'ad_pod_position'],
  advertiserName: ['A shop', 'advertiser_name'],
  apiFramework: ['VPAID', 'api_framework'],
  creativeAdId: ['c-ad', 'creative_ad_id'],
  creativeId: ['c-1', 'creative_id'],
  dealId: ['d-1', 'deal_id'],
  isLinear: [true, 'is_linear'],
  mediaPath: ['/ads/1.mp4', 'media_path'],
  mediaServer: ['media.example', 'media_server'],
  mediaUrl: ['https://media.example/ads/1.mp4', 'media_url'],
  minSuggestedDuration: [4000, 'min_suggested_duration'],
  surveyUrl: ['https://ask.example/', 'survey_url'],
  universalAdIdRegistry: ['ad-id', 'universal_ad_id_registry'],
  universalAdIdValue: ['X1', 'universal_ad_id_value'],
  videoBitrate: [900_000, 'video_bitrate'],
  videoCodec: ['avc1', 'video_codec'],
  audioCodec: ['mp4a', 'audio_codec'],
  autoplay: [false, 'autoplay'],
  clicked: [1, 'clicked'],
  clickPosition: [4000, 'click_position'],
  clickPercentage: [27, 'click_percentage'],
  closed: [0, 'closed'],
  closePosition: [5000, 'close_position'],
  closePercentage: [33, 'close_percentage'],
  skipped: [0, 'skipped'],
  skipPosition: [6000, 'skip_position'],
  skipPercentage: [40, 'skip_percentage'],
  exitPosition: [7000, 'exit_position'],
  playPercentage: [47, 'play_percentage'],
  timePlayed: [7100, 'time_played'],
  timeToContent: [10, 'time_to_content'],
  timeFromContent: [11, 'time_from_content'],
}

const failedBeacons: Shape = {
  quartile1FailedBeaconUrl: ['https://count/1', 'quartile_1_failed_beacon_url'],
  midpointFailedBeaconUrl: ['https://count/2', 'midpoint_failed_beacon_url'],
  quartile3FailedBeaconUrl: ['https://count/3', 'quartile_3_failed_beacon_url'],
  completedFailedBeaconUrl: ['https://count/4', 'completed_failed_beacon_url'],
  timeSinceAdStartedInMs: [7100],
}

const ads: Record<string, Shape> = {
  web: {
    ...adEverywhere,
    ...clientAd,
    ...failedBeacons,
    platform: ['web', 'platform'],
    size: ['FULLSCREEN', 'size'],
    playerStartupTime: [243, 'player_startuptime'],
    pageLoadTime: [5, 'page_load_time'],
    pageLoadType: [1, 'page_load_type'],
    adSkipAfter: [-1, 'ad_skip_after'],
    adClickthroughUrl: ['https://shop.example/', 'ad_clickthrough_url'],
    audioBitrate: [128_000, 'audio_bitrate'],
    errorSeverity: ['CRITICAL', 'error_severity'],
    timeInViewport: [7000, 'time_in_viewport'],
    percentageInViewport: [98, 'percentage_in_viewport'],
    timeHovered: [12, 'time_hovered'],
    timeUntilHover: [13, 'time_until_hover'],
    adType: [2, 'ad_type'],
    adIndex: [0, 'ad_index'],
  },
  android: {
    ...adEverywhere,
    ...clientAd,
    ...failedBeacons,
    ...device,
    platform: ['android', 'platform'],
    pageLoadType: [1, 'page_load_type'],
    adSkippableAfter: [5000, 'ad_skip_after'],
    adClickthroughUrl: [null],
    audioBitrate: [128_000, 'audio_bitrate'],
    errorSeverity: ['INFO', 'error_severity'],
    adType: [1, 'ad_type'],
    adIndex: [2, 'ad_index'],
    isSlate: [true, 'is_slate'],
    expectedPaidAds: [2],
    expectedSlates: [1],
    completedPaidAds: [1],
    completedSlates: [0],
    exitedAdBreak: [true],
    retryCount: [0],
  },
  // It says no time.
  roku: {
    ...adEverywhere,
    ...failedBeacons,
    platform: ['roku', 'platform'],
    isLive: [false],
    adType: [1, 'ad_type'],
    adIndex: [0, 'ad_index'],
    adPodPosition: [1, 'ad_pod_position'],
    adStartupTime: [80, 'ad_startup_time'],
    adDuration: [15_000.2, 'ad_duration', 15_000],
    creativeId: ['c-1', 'creative_id'],
    mediaUrl: ['https://media.example/ads/1.mp4', 'media_url'],
    skipped: [1, 'skipped'],
    errorCode: [303, 'error_code'],
    errorMessage: ['No ad', 'error_message'],
  },
  iOS: {
    ...adEverywhere,
    ...clientAd,
    platform: ['iOS', 'platform'],
    adSkippableAfter: [5000, 'ad_skip_after'],
    adClickThroughUrl: ['https://shop.example/', 'ad_clickthrough_url'],
    playerStartuptime: [243, 'player_startuptime'],
    mimeType: [null],
  },
}

/** Columns that no collector fills; a later one may, by the names that the API has for them. */
const unsent = ['is_low_latency', 'time_to_target_latency', 'initial_time_to_target_latency']

for (const { name, shapes, read, columns } of [
  { name: 'a sample', shapes: samples, read: readCollectorSample, columns: sampleColumns },
  { name: 'an ad', shapes: ads, read: readCollectorAd, columns: adColumns },
])
  describe(name, () => {
    for (const [platform, shape] of Object.entries(shapes))
      test(`of ${platform} fills its columns, and has no member that nobody knows`, () => {
        const { row, unknownMembers } = rowOf(read(bodyOf(shape)))
        const { body_hash: _, ...stored } = row
        assert.deepEqual(stored, expectedOf(shape))
        assert.equal(unknownMembers, 0)
      })

    test('can fill every column that is not the service’s own', () => {
      const filled = new Set(
        Object.values(shapes).flatMap((shape) => Object.keys(expectedOf(shape))),
      )
      const empty = columns.filter((column) => isSent(column) && !filled.has(column.name))
      assert.deepEqual(
        empty.map((column) => column.name),
        columns.map((column) => column.name).filter((each) => unsent.includes(each)),
      )
    })
  })

function isSent({ name, wire }: SampleColumn): boolean {
  return (
    wire !== undefined && !['license_key', 'time'].includes(name) && !/^custom_data_/.test(name)
  )
}

function bodyOf(shape: Shape): Record<string, unknown> {
  const body: Record<string, unknown> = {}
  for (const [path, [value]] of Object.entries(shape)) {
    const [member = '', inner] = path.split('.')
    body[member] = inner === undefined ? value : { ...Object(body[member]), [inner]: value }
  }
  return body
}

function expectedOf(shape: Shape): Record<string, unknown> {
  return Object.fromEntries(
    Object.values(shape).flatMap(([value, column, stored = value]) =>
      column === undefined ? [] : [[column, stored]],
    ),
  )
}

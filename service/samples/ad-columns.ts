// Every column of an ad sample, in the order in which files have them: one row for an ad that the client
// inserted, at its end, and one for each event of an ad that the server inserted. What describes the
// viewer, the player and the video means the same as in a sample, and is the same column.

import { column, few, flag, integer, type SampleColumn, text } from './column.ts'
import { customDataColumns, sampleColumns } from './columns.ts'

function same(...names: string[]): SampleColumn[] {
  return names.map((name) => {
    const found = sampleColumns.find((each) => each.name === name)
    if (found === undefined) throw new Error(`A sample has no column ${name}.`)
    return found
  })
}

/** 0 or 1: whether it happened. */
const happened = (name: string, what: string, wire?: string) =>
  integer(name, '', `1 when the ad ${what}, else 0`, wire)

export const adColumns: readonly SampleColumn[] = [
  ...same('license_key', 'time'),
  text('ad_impression_id', 'one ad shown once; empty for a break that was loaded without one', {
    isNullable: false,
  }),
  text('video_impression_id', 'the impression that the ad interrupted'),
  ...same('client_time', 'user_id', 'custom_user_id', 'experiment_name', 'domain', 'path'),
  ...same('language', 'country', 'region', 'city', 'isp', 'platform', 'browser'),
  ...same('browser_version_major', 'browser_version_minor', 'browser_is_bot', 'operatingsystem'),
  ...same('operatingsystem_version_major', 'operatingsystem_version_minor', 'device_type'),
  ...same('device_class', 'screen_width', 'screen_height', 'screen_orientation'),
  ...same('player', 'player_version', 'player_tech', 'player_key', 'analytics_version'),
  ...same('player_startuptime', 'page_load_type', 'page_load_time', 'autoplay', 'size'),
  ...same('video_window_width', 'video_window_height', 'video_id', 'video_title', 'cdn_provider'),

  integer('ad_type', '', '1 inserted by the client, 2 by the server'),
  few('ad_module', 'the player’s part that shows ads'),
  few('ad_module_version', 'its version'),
  few('ad_position', 'pre, mid or post'),
  few('ad_offset', 'offset of an ad beside or before the content'),
  integer('ad_schedule_time', 'ms', 'position in the video that the break is planned for'),
  integer('ad_replace_content_duration', 'ms', 'content that the break replaces'),
  integer('ad_preload_offset', 'ms', 'how long before the break it is loaded'),
  text('ad_tag_url', 'address of the tag'),
  few('ad_tag_server', 'host of the tag'),
  text('ad_tag_path', 'path of the tag'),
  few('ad_tag_type', 'kind of tag, such as vast or vmap'),
  flag('ad_is_persistent', 'the break stays after it was shown'),
  text('ad_id_player', 'the break, as the player names it'),
  integer('ad_fallback_index', '', 'which of the fallback tags was used'),
  integer('manifest_download_time', 'ms', 'time the ad’s manifest took to load'),

  text('ad_id', 'the ad'),
  few('ad_system', 'system the ad comes from'),
  text('ad_title', 'title of the ad'),
  text('ad_description', 'description of the ad'),
  few('advertiser_name', 'who advertises'),
  few('api_framework', 'such as VPAID'),
  text('ad_clickthrough_url', 'where a click leads'),
  integer('ad_duration', 'ms', 'length of the ad'),
  flag('ad_skippable', 'the viewer can skip the ad'),
  integer('ad_skip_after', 'ms', 'from when on it can be skipped; -1: never'),
  integer('ad_startup_time', 'ms', 'time the ad took to start'),
  integer('ad_playback_width', 'px', 'width of the ad'),
  integer('ad_playback_height', 'px', 'height of the ad'),
  integer('ad_pod_position', '', 'position of the ad within its pod'),
  integer('ad_index', '', 'position of the server’s ad within its break'),
  integer('ad_wrapper_ads_count', 'wrappers', 'wrappers around the ad', 'wrapperAdsCount'),
  text('creative_ad_id', 'the ad, as its creative names it'),
  text('creative_id', 'the creative'),
  text('deal_id', 'the deal'),
  flag('is_linear', 'the ad interrupts the content'),
  flag('is_slate', 'the ad fills a gap'),
  text('media_url', 'address of the media'),
  few('media_server', 'host of the media'),
  text('media_path', 'path of the media'),
  integer('min_suggested_duration', 'ms', 'least time an ad beside the content should be shown'),
  few('stream_format', 'MIME type of the media'),
  text('survey_url', 'address of a survey'),
  few('universal_ad_id_registry', 'registry of the universal ad id'),
  text('universal_ad_id_value', 'universal ad id'),
  integer('video_bitrate', 'bit/s', 'bitrate of the ad’s video'),
  integer('audio_bitrate', 'bit/s', 'bitrate of the ad’s sound'),
  ...same('video_codec', 'audio_codec'),

  happened('started', 'started'),
  happened('quartile_1', 'reached its first quarter'),
  happened('midpoint', 'reached its half'),
  happened('quartile_3', 'reached its third quarter'),
  happened('completed', 'was played to its end'),
  happened('skipped', 'was skipped'),
  happened('closed', 'was closed'),
  happened('clicked', 'was clicked'),
  integer('click_position', 'ms', 'position at the click'),
  integer('click_percentage', '%', 'share of the ad before the click'),
  integer('close_position', 'ms', 'position when it was closed'),
  integer('close_percentage', '%', 'share of the ad before it was closed'),
  integer('skip_position', 'ms', 'position when it was skipped'),
  integer('skip_percentage', '%', 'share of the ad before it was skipped'),
  integer('exit_position', 'ms', 'position at which the viewer left'),
  integer('play_percentage', '%', 'share of the ad that was played'),
  integer('time_played', 'ms', 'time the ad was played'),
  integer('time_in_viewport', 'ms', 'time the ad was in view'),
  integer('percentage_in_viewport', '%', 'share of its time that the ad was in view'),
  integer('time_hovered', 'ms', 'time the pointer was on the ad'),
  integer('time_until_hover', 'ms', 'time until the pointer was on the ad'),
  integer('time_to_content', 'ms', 'from the end of the ad to the content'),
  integer('time_from_content', 'ms', 'from the content to the start of the ad'),
  text('quartile_1_failed_beacon_url', 'tracking of the first quarter that failed'),
  text('midpoint_failed_beacon_url', 'tracking of the half that failed'),
  text('quartile_3_failed_beacon_url', 'tracking of the third quarter that failed'),
  text('completed_failed_beacon_url', 'tracking of the end that failed'),

  ...same('error_code', 'error_message', 'error_severity'),
  text('error_data', 'more about the error, as JSON'),
  integer('error_position', 'ms', 'position at the error'),
  integer('error_percentage', '%', 'share of the ad before the error'),
  ...customDataColumns,
]

/** Tells what a player sent twice from what it sent once more: only the store has it. */
export const bodyHashColumn = column('body_hash', 'String', 'hash of what was sent', {
  isNullable: false,
  wire: '',
})

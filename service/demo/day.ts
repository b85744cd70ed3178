/**
 * A believable day of samples: the same for the same seed, day and number of impressions. Viewers come
 * as they do, few at night and most in the evening; they start, play, pause, seek, wait for the network
 * and sometimes fail.
 */

/** One row in column form. */
type DemoSample = Record<string, string | number | boolean | null>

interface DayOptions {
  seed: number
  /** Midnight UTC. */
  day: Date
  impressions: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const SAMPLES_MAX = 60

/** Viewers per hour of the day, relative to each other. */
const hours = [4, 3, 2, 2, 2, 3, 4, 6, 7, 7, 8, 8, 10, 10, 9, 9, 11, 13, 16, 19, 20, 18, 12, 7]

const countries = [
  ['AT', 8],
  ['DE', 22],
  ['US', 25],
  ['GB', 12],
  ['BR', 9],
  ['IN', 11],
  ['JP', 6],
  ['ZA', 3],
] as const
const clients = [
  [{ player: 'bitmovin', platform: 'web', browser: 'CHROME', os: 'Windows', type: 'Desktop' }, 30],
  [{ player: 'bitmovin', platform: 'web', browser: 'SAFARI', os: 'Mac OS X', type: 'Desktop' }, 14],
  [{ player: 'hlsjs', platform: 'web', browser: 'FIREFOX', os: 'Linux', type: 'Desktop' }, 8],
  [{ player: 'exoplayer', platform: 'android', browser: null, os: 'Android', type: 'Phone' }, 22],
  [{ player: 'avplayer', platform: 'ios', browser: null, os: 'iOS', type: 'Phone' }, 16],
  [{ player: 'roku', platform: 'roku', browser: null, os: 'Roku', type: 'TV' }, 10],
] as const
const bitrates = [480_000, 1_200_000, 2_400_000, 4_800_000, 8_000_000] as const
const heights = [270, 432, 720, 1080, 2160] as const
const errors = [
  [1_302, 'The license server refused the request'],
  [1_400, 'The manifest could not be loaded'],
  [2_000, 'The decoder has failed'],
] as const
const ERROR_SHARE = 0.02

/** All samples of the day, impression by impression. */
export function* samplesOfDay({ seed, day, impressions }: DayOptions): Generator<DemoSample> {
  const random = createRandom(seed)
  for (let number = 0; number < impressions; number += 1) yield* impressionOf(random, day, number)
}

/** 0..1, by mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = () => number

function pick<Value>(random: Random, weighted: readonly (readonly [Value, number])[]): Value {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0)
  let left = random() * total
  for (const [value, weight] of weighted) {
    left -= weight
    if (left < 0) return value
  }
  return (weighted[0] as readonly [Value, number])[0]
}

function* impressionOf(random: Random, day: Date, number: number): Generator<DemoSample> {
  const hour = pick(
    random,
    hours.map((weight, index) => [index, weight] as const),
  )
  const client = pick(random, countedClients)
  const quality = Math.floor(random() * bitrates.length)
  const video = Math.floor(random() ** 2 * 200)
  const isLive = video % 5 === 0
  const length = 5 + Math.floor(random() * (SAMPLES_MAX - 5) * random())
  const fixed = {
    impression_id: uuidOf(random),
    user_id: uuidOf(random),
    player: client.player,
    player_version: client.player === 'bitmovin' ? '8.231.0' : '1.6.0',
    platform: client.platform,
    browser: client.browser,
    operatingsystem: client.os,
    device_type: client.type,
    country: pick(random, countries),
    domain: 'tv.example.com',
    path: `/watch/${video}?from="home, top"`,
    video_id: `video-${video}`,
    video_title: `Folge ${video}: „Über die Brücke“`,
    video_duration: isLive ? null : (20 + (video % 70)) * 60_000,
    is_live: isLive,
    stream_format: client.platform === 'ios' ? 'hls' : 'dash',
    custom_data_1: number % 3 === 0 ? 'premium' : 'free',
  }
  let at = day.getTime() + hour * HOUR_MS + Math.floor(random() * HOUR_MS)
  let position = 0
  for (let sequence = 0; sequence < length; sequence += 1) {
    if (at >= day.getTime() + DAY_MS) return
    const step = stepOf(random, sequence)
    yield {
      time: at,
      sequence_number: sequence,
      client_time: at - Math.floor(random() * 4_000),
      ...fixed,
      state: step.state,
      duration: step.durationMs,
      played: step.state === 'playing' ? step.durationMs : 0,
      paused: step.state === 'paused' ? step.durationMs : 0,
      buffered: step.state === 'rebuffering' ? step.durationMs : 0,
      seeked: step.state === 'seeking' ? step.durationMs : 0,
      startuptime: step.state === 'startup' ? step.durationMs : 0,
      videotime_start: position,
      videotime_end: position + (step.state === 'playing' ? step.durationMs : 0),
      video_bitrate: bitrates[quality] ?? null,
      video_playback_height: heights[quality] ?? null,
      dropped_frames: step.state === 'playing' && random() < 0.05 ? Math.floor(random() * 40) : 0,
      error_code: step.error?.[0] ?? null,
      error_message: step.error?.[1] ?? null,
    }
    if (step.error !== undefined) return
    if (step.state === 'playing') position += step.durationMs
    at += step.durationMs
  }
}

const countedClients = clients.map(([client, weight]) => [client, weight] as const)

interface Step {
  state: 'startup' | 'playing' | 'paused' | 'rebuffering' | 'seeking' | 'error'
  durationMs: number
  error?: readonly [number, string]
}

function stepOf(random: Random, sequence: number): Step {
  if (sequence === 0) return { state: 'startup', durationMs: 200 + Math.floor(random() * 3_000) }
  const chance = random()
  if (sequence > 1 && chance < ERROR_SHARE / 10) {
    const error = errors[Math.floor(random() * errors.length)] ?? errors[0]
    return { state: 'error', durationMs: 0, error }
  }
  if (chance < 0.05) return { state: 'rebuffering', durationMs: Math.floor(random() * 4_000) }
  if (chance < 0.1) return { state: 'paused', durationMs: Math.floor(random() * 90_000) }
  if (chance < 0.14) return { state: 'seeking', durationMs: Math.floor(random() * 2_000) }
  return { state: 'playing', durationMs: 1_000 + Math.floor(random() * 59_000) }
}

/** Of version 4's form, from the seed. */
function uuidOf(random: Random): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16))
  hex[12] = '4'
  hex[16] = '89ab'[Math.floor(random() * 4)] ?? '8'
  const text = hex.join('')
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readCollectorSample } from './collector-sample.ts'
import { rowOf } from './test-row.ts'
import { TEXT_LENGTH_MAX } from './wire-members.ts'

const base = { key: 'a-key', impressionId: 'i-1', sequenceNumber: 0 }
const baseRow = { impression_id: 'i-1', sequence_number: 0 }

const columnsOf = (sent: object) => rowOf(readCollectorSample({ ...base, ...sent })).row

describe('a collector sample', () => {
  for (const body of [undefined, null, 7, 'text', [base]])
    test(`is refused when it is ${JSON.stringify(body)}`, () => {
      assert.deepEqual(readCollectorSample(body), {
        kind: 'mistaken',
        mistakes: [{ field: 'body', text: 'must be a JSON object' }],
      })
    })

  test('is refused with every member that it needs and lacks', () => {
    const read = readCollectorSample({ key: '', impressionId: null, sequenceNumber: -1 })
    assert.equal(read.kind, 'mistaken')
    const fields = read.kind === 'mistaken' && read.mistakes.map(({ field }) => field)
    assert.deepEqual(fields, ['key', 'impressionId', 'sequenceNumber'])
  })

  for (const [sent, kind] of [
    [{ sequenceNumber: 1001 }, 'dropped'],
    [{ sequenceNumber: 1000 }, 'row'],
    [{ played: 90_000 }, 'dropped'],
    [{ played: 89_999 }, 'row'],
  ] as const)
    test(`with ${JSON.stringify(sent)} is ${kind}`, () => {
      assert.equal(readCollectorSample({ ...base, ...sent }).kind, kind)
    })

  const cases: [string, object, object][] = [
    ['a clock beyond every calendar is left out', { time: 1e15 }, {}],
    ['unknown members are left out', { surprise: 1, toString: 2 }, {}],
    ['null is like missing', { videoId: null, isLive: null, played: null }, {}],
    ['empty text is like missing', { videoTitle: '' }, {}],
    ['what is no number is left out', { played: 'soon', paused: Number.NaN, seeked: {} }, {}],
    ['what no integer can hold is left out', { videoDuration: 1e300 }, {}],
    ['an id has no NUL', { userId: 'a\0b', path: 'a\0b' }, { user_id: 'a\ufffdb', path: 'a\0b' }],
    ['floats are rounded', { videoTimeEnd: 35.6 }, { videotime_end: 36 }],
    ['numeric text is a number', { audioBitrate: '128000' }, { audio_bitrate: 128000 }],
    ['a number is text where text is wanted', { videoId: 42 }, { video_id: '42' }],
    [
      'an object is JSON where text is wanted',
      { customData2: { a: 1 } },
      { custom_data_2: '{"a":1}' },
    ],
    ['flags come as numbers too', { isLive: 1, isMuted: 0 }, { is_live: true, is_muted: false }],
    ['www. is not part of a domain', { domain: 'www.Example.org' }, { domain: 'example.org' }],
    [
      'the client’s clock is client_time',
      { time: 1735689612345 },
      { client_time: new Date(1735689612345) },
    ],
    [
      'start-up times keep the names of their columns',
      { startupTime: 3, playerStartupTime: 1, videoStartupTime: 2 },
      { startuptime: 3, player_startuptime: 1, video_startuptime: 2 },
    ],
    [
      'a failed start',
      { videoStartFailed: true, videoStartFailedReason: 'TIMEOUT' },
      { videostart_failed: true, videostart_failed_reason: 'TIMEOUT' },
    ],
    [
      'names with digits',
      { m3u8Url: 'https://a/b', customData100: 'x', version: 'hlsjs-1' },
      { m3u8_url: 'https://a/b', custom_data_100: 'x', player_version: 'hlsjs-1' },
    ],
    [
      'the device says what it is',
      {
        deviceInformation: { model: 'M', deviceClass: 'TV', operatingSystemMajor: 14, isTV: true },
      },
      { device_type: 'M', device_class: 'TV', operatingsystem_version_major: '14' },
    ],
    [
      'downloads on the web are bit/s',
      { platform: 'web', downloadSpeedInfo: { segmentsDownloadCount: 3, avgDownloadSpeed: 10.4 } },
      { platform: 'web', segment_download_count: 3, download_speed: 10 },
    ],
    [
      'downloads on Android are kbit/s',
      { platform: 'androidTV', downloadSpeedInfo: { avgDownloadSpeed: 10.4 } },
      { platform: 'androidTV', download_speed: 10400 },
    ],
    [
      'codecs are a list',
      { supportedVideoCodecs: ['avc', null, 'av1'] },
      { supported_video_codecs: ['avc', 'av1'] },
    ],
  ]
  for (const [name, sent, columns] of cases)
    test(name, () => assert.deepEqual(columnsOf(sent), { ...baseRow, ...columns }))

  test('cuts long text between characters', () => {
    const text = `${'a'.repeat(TEXT_LENGTH_MAX - 1)}😀`
    assert.equal(columnsOf({ customData1: text }).custom_data_1, text.slice(0, -2))
  })
})

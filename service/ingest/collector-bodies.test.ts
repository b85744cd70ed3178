import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { adColumns, errorDetailColumns, mistakeOfValue, sampleColumns } from '#samples'
import { readCollectorAd } from './collector-ad.ts'
import { readCollectorError } from './collector-error.ts'
import { readCollectorSample } from './collector-sample.ts'
import { rowOf } from './test-row.ts'

describe('an ad', () => {
  test('needs a license key alone: a break that was loaded has no ad', () => {
    assert.deepEqual(readCollectorAd({ adImpressionId: 'a' }), {
      kind: 'mistaken',
      mistakes: [{ field: 'key', text: 'is missing' }],
    })
    const { row } = rowOf(
      readCollectorAd({ key: 'k', adPosition: 'pre', manifestDownloadTime: 9.7 }),
    )
    assert.equal(row.ad_impression_id, '')
    assert.equal(row.manifest_download_time, 10)
  })

  test('as Android sends it', () => {
    const { row, unknownMembers } = rowOf(
      readCollectorAd({
        ...{ key: 'k', adImpressionId: 'a', videoImpressionId: 'v', adSkippableAfter: 5000 },
        ...{ adSkippable: true, started: 1, quartile1: 1, midpoint: 0, completed: null },
        ...{ clickPercentage: '12.4', wrapperAdsCount: 2, isSlate: false, retryCount: 3 },
        ...{ deviceInformation: { model: 'M', isTV: true, manufacturer: 'X' }, adType: 2 },
        ...{ expectedPaidAds: 1, quartile1FailedBeaconUrl: 'https://a/b', isLinear: 1 },
      }),
    )
    const { body_hash, ...columns } = row
    assert.equal(typeof body_hash, 'string')
    assert.equal(unknownMembers, 0)
    assert.deepEqual(columns, {
      ...{
        ad_impression_id: 'a',
        video_impression_id: 'v',
        ad_skip_after: 5000,
        ad_skippable: true,
      },
      ...{ started: 1, quartile_1: 1, midpoint: 0, click_percentage: 12, ad_wrapper_ads_count: 2 },
      ...{ is_slate: false, device_type: 'M', ad_type: 2, is_linear: true },
      ...{ quartile_1_failed_beacon_url: 'https://a/b' },
    })
  })

  test('sent again has the same hash, in whatever order and however often', () => {
    const hash = (body: object) => rowOf(readCollectorAd(body)).row.body_hash
    const sent = { key: 'k', adImpressionId: 'a', time: 1, midpoint: 1 }
    const again = { midpoint: 1, time: 1, adImpressionId: 'a', key: 'k', retryCount: 4 }
    assert.equal(hash(again), hash(sent))
    assert.notEqual(hash({ ...sent, time: 2 }), hash(sent))
    assert.notEqual(hash({ ...sent, nobodyKnows: 1 }), hash(sent))
  })
})

describe('an error', () => {
  test('is refused with every member that it needs and lacks', () => {
    const read = readCollectorError({ errorId: -1 })
    const fields = read.kind === 'mistaken' && read.mistakes.map(({ field }) => field)
    assert.deepEqual(fields, ['licenseKey', 'impressionId', 'errorId'])
  })

  test('comes with its stack and the requests before it, as the API answers with them', () => {
    const { row, unknownMembers } = rowOf(
      readCollectorError({
        ...{ licenseKey: 'k', impressionId: 'i', errorId: 0, platform: 'web', domain: 'www.a.b' },
        ...{ timestamp: 1_735_689_612_345, code: 1021, message: 'm', severity: 'CRITICAL' },
        data: { exceptionMessage: 'e', additionalData: '{"a":1}', exceptionStacktrace: ['x', 7] },
        httpRequests: [
          null,
          {
            timestamp: 1_735_689_612_000,
            type: 'media/video',
            url: 'u',
            httpStatus: 404,
            size: 0.4,
          },
        ],
      }),
    )
    const { http_requests, ...columns } = row
    assert.equal(unknownMembers, 0)
    assert.deepEqual(columns, {
      ...{ impression_id: 'i', error_id: 0, platform: 'web', domain: 'a.b' },
      ...{ client_time: new Date(1_735_689_612_345), error_code: 1021, error_message: 'm' },
      ...{ error_severity: 'CRITICAL', exception_message: 'e', additional_data: '{"a":1}' },
      exception_stacktrace: ['x', '7'],
    })
    assert.deepEqual(JSON.parse(String(http_requests)), [
      {
        ...{ clientTime: '2025-01-01T00:00:12.000Z', type: 'MEDIA_VIDEO', url: 'u' },
        ...{ lastRedirectLocation: null, httpStatus: 404, downloadTime: null },
        ...{ timeToFirstByte: null, size: 0, success: null },
      },
    ])
  })
})

describe('whatever a player sends', () => {
  const kinds = [
    {
      read: readCollectorSample,
      columns: sampleColumns,
      needed: ['impressionId', 'sequenceNumber'],
    },
    { read: readCollectorAd, columns: adColumns, needed: [] },
    { read: readCollectorError, columns: errorDetailColumns, needed: ['impressionId', 'errorId'] },
  ]
  for (const { read, columns, needed } of kinds)
    test(`${read.name} gives a row that the store takes, or says why not`, () => {
      const known = new Map(columns.map((column) => [column.name, column]))
      const wires = columns.flatMap(({ wire }) => (wire ? [wire.split('.')[0] ?? ''] : []))
      const odd = fc.oneof(
        fc.jsonValue(),
        fc.double(),
        fc.bigInt().map(String),
        fc.string({ unit: 'binary' }),
      )
      const members = fc.dictionary(fc.oneof(fc.constantFrom(...wires), fc.string()), odd)
      const usual = { key: 'k', licenseKey: 'k', impressionId: 'i', sequenceNumber: 0, errorId: 0 }
      fc.assert(
        fc.property(members, fc.subarray(Object.keys(usual)), (sent, oddOnes) => {
          const kept = Object.entries(usual).filter(([name]) => !oddOnes.includes(name))
          const body = { ...sent, ...Object.fromEntries(kept) }
          const answer = read(body)
          const hasAll = ['key', 'licenseKey', ...needed].every((name) => !oddOnes.includes(name))
          if (hasAll) assert.notEqual(answer.kind, 'mistaken')
          if (answer.kind !== 'row') return
          for (const [name, value] of Object.entries(rowOf(answer).row)) {
            const column = known.get(name)
            assert.ok(column !== undefined || name === 'body_hash', name)
            if (column !== undefined) assert.equal(mistakeOfValue(column, value), undefined, name)
            if (typeof value === 'string') assert.ok(value.isWellFormed(), name)
          }
        }),
        { numRuns: 500 },
      )
    })

  test('what is nested without end is left out, or refused', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    const { row } = rowOf(
      readCollectorSample({ key: 'k', impressionId: 'i', sequenceNumber: 0, videoTitle: deep }),
    )
    assert.deepEqual(row, { impression_id: 'i', sequence_number: 0 })
    assert.equal(readCollectorAd({ key: 'k', adTitle: deep }).kind, 'mistaken')
  })

  test('objects that pretend to be values are left out', () => {
    const odd = { toString: 1, valueOf: 1 }
    const sent = { key: 'k', impressionId: 'i', sequenceNumber: 0, isLive: odd, played: odd }
    const { row } = rowOf(
      readCollectorSample({
        ...sent,
        downloadSpeedInfo: { avgDownloadSpeed: odd },
        platform: 'android',
      }),
    )
    assert.deepEqual(row, { impression_id: 'i', sequence_number: 0, platform: 'android' })
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readImportedRow } from './imported-row.ts'

const rules = {
  licenseKey: 'a-key',
  oldest: new Date('2026-01-01T00:00:00Z'),
  newest: new Date('2026-02-01T00:00:00Z'),
}
const base = { time: '2026-01-02T00:00:00Z', impression_id: 'i', sequence_number: 0 }
const read = (members: object) => readImportedRow({ ...base, ...members }, rules)

describe('an imported row', () => {
  for (const [members, message] of [
    [{ surprise: 1 }, /no column 'surprise'/],
    [{ impressionId: 'j' }, /impression_id is given twice/],
    [{ time: 'yesterday' }, /^time must be an instant/],
    [{ time: '2026-01-02T00:00:00' }, /^time must be an instant/],
    [{ time: '2026-13-02T00:00:00Z' }, /^time must be an instant/],
    [{ time: '2025-12-31T23:59:59Z' }, /retention/],
    [{ time: '2026-02-01T00:00:01Z' }, /future/],
    [{ license_key: 'other' }, /another license/],
    [{ played: 1.5 }, /^played must be a whole number/],
    [{ is_live: 'maybe' }, /^is_live must be true or false/],
    [{ video_id: 7 }, /^video_id must be a text/],
    [{ user_id: 'a\0' }, /^user_id must not contain U\+0000/],
    [{ impression_id: null }, /^impression_id must be given/],
    [{ supported_video_codecs: 'avc' }, /list of texts/],
  ] as const)
    test(`with ${JSON.stringify(members)} is refused`, () => {
      const answer = read(members)
      assert.match('message' in answer ? answer.message : '', message)
    })

  test('lacks what it is known by: all is told at once', () => {
    assert.deepEqual(readImportedRow({}, rules), {
      message: 'time is missing; impression_id is missing; sequence_number is missing',
    })
  })

  for (const time of [
    '2026-01-02T00:00:00Z',
    '2026-01-02T01:00:00+01:00',
    1767312000000,
    '1767312000000',
  ])
    test(`has its time as ${time}`, () => {
      const answer = read({ time, played: '12', IS_LIVE: 'true', supportedVideoCodecs: '["avc"]' })
      assert.deepEqual(answer, {
        row: {
          time: new Date('2026-01-02T00:00:00Z'),
          impression_id: 'i',
          sequence_number: 0,
          played: 12,
          is_live: true,
          supported_video_codecs: ['avc'],
        },
      })
    })
})

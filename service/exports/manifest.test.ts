import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeManifest } from './manifest.ts'

const parts = {
  taskId: 'task',
  createdAt: new Date('2026-03-02T00:00:00Z'),
  licenseKey: 'license',
  licenseKeys: ['license'],
  type: 'SESSIONS',
  fileFormat: 'CSV' as const,
  window: { start: new Date('2026-03-01T00:00:00Z'), end: new Date('2026-03-01T02:00:00Z') },
  watermark: new Date('2026-03-01T23:00:00Z'),
  columns: [],
  files: [0, 1].map((hour) => ({
    objectKey: `2026-03-01-0${hour}-00.csv`,
    window: {
      start: new Date(`2026-03-01T0${hour}:00:00Z`),
      end: new Date(`2026-03-01T0${hour + 1}:00:00Z`),
    },
    revisions: [{ licenseKey: 'license', revision: hour }],
    rows: hour * 7,
    bytes: 10 + hour,
    sha256: 'aa',
    md5: 'bb',
    firstTime: hour === 0 ? undefined : new Date('2026-03-01T01:00:01Z'),
    lastTime: hour === 0 ? undefined : new Date('2026-03-01T01:59:59.999Z'),
  })),
}

test('the same facts make the same bytes', () => {
  assert.deepEqual(writeManifest(parts), writeManifest(structuredClone(parts)))
})

test('an hour without samples is listed, and the totals are those of the files', () => {
  const manifest = JSON.parse(Buffer.from(writeManifest(parts)).toString())
  assert.equal(manifest.rows, 7)
  assert.equal(manifest.bytes, 21)
  assert.equal(manifest.files[0].rows, 0)
  assert.equal(manifest.files[1].revision, 1)
  assert.equal(manifest.files[0].firstTime, null)
  assert.equal(manifest.files[1].lastTime, '2026-03-01T01:59:59.999Z')
  assert.deepEqual(manifest.window, {
    start: '2026-03-01T00:00:00.000Z',
    end: '2026-03-01T02:00:00.000Z',
  })
})

test('a file of a virtual license has the revision of each of its licenses', () => {
  const revisions = ['tv', 'web'].map((licenseKey, index) => ({ licenseKey, revision: index + 1 }))
  const files = parts.files.map((file) => ({ ...file, revisions }))
  const several = { ...parts, licenseKey: 'virtual', licenseKeys: ['tv', 'web'], files }
  const manifest = JSON.parse(Buffer.from(writeManifest(several)).toString())
  assert.deepEqual([manifest.licenseKey, manifest.licenseKeys], ['virtual', ['tv', 'web']])
  assert.deepEqual(
    [manifest.files[0].revision, manifest.files[0].revisions],
    [undefined, revisions],
  )
})

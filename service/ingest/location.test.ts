import assert from 'node:assert/strict'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openLocations } from './location.ts'

const nobody = { debug() {}, info() {}, warn() {}, error() {} }
const vienna = {
  country: { iso_code: 'AT' },
  subdivisions: [{ iso_code: '9' }],
  city: { names: { de: 'Wien', en: 'Vienna' } },
}

async function startFiles(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-location-'))
  t.after(() => rm(directory, { recursive: true }))
  return async (name: string, data: object) => {
    const path = join(directory, name)
    await writeFile(path, databaseOf(data))
    return path
  }
}

test('a file that is missing or broken stops the start', async (t) => {
  const write = await startFiles(t)
  const path = await write('broken.mmdb', vienna)
  await writeFile(path, 'nonsense')
  await assert.rejects(openLocations([path], nobody), /SLUICE_GEOIP_FILE names .*broken\.mmdb/)
  await assert.rejects(
    openLocations(['/nowhere/city.mmdb'], nobody),
    ({ message, cause }: Error) =>
      /\/nowhere\/city\.mmdb/.test(message) && Object(cause).code === 'ENOENT',
  )
})

test('without a file nothing is known', async () => {
  await using locations = await openLocations([], nobody)
  assert.deepEqual(locations.find('203.0.113.7'), {})
})

test('an address is found in the files, of which the first decides', async (t) => {
  const write = await startFiles(t)
  const paths = [
    await write('city.mmdb', vienna),
    await write('asn.mmdb', {
      country: { iso_code: 'DE' },
      autonomous_system_organization: 'Example Net',
    }),
  ]
  await using locations = await openLocations(paths, nobody)
  const known = { country: 'AT', region: 'AT-9', city: 'Vienna', isp: 'Example Net' }
  assert.deepEqual(locations.find('1.2.3.4'), known)
  assert.deepEqual(locations.find('200.2.3.4'), {})
  for (const address of ['2001:db8::1', 'nonsense', ''])
    assert.deepEqual(locations.find(address), {})
})

test('files of other makers are flat', async (t) => {
  const write = await startFiles(t)
  const path = await write('flat.mmdb', { country_code: 'AT', city: 'Vienna' })
  await using locations = await openLocations([path], nobody)
  assert.deepEqual(locations.find('1.2.3.4'), { country: 'AT', city: 'Vienna' })
})

test('a file that is replaced is read again, and a bad one changes nothing', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const write = await startFiles(t)
  const path = await write('city.mmdb', vienna)
  const warned = Promise.withResolvers<void>()
  const log = { ...nobody, warn: () => warned.resolve() }
  await using locations = await openLocations([path], log)
  await writeFile(path, 'nonsense')
  await utimes(path, 1, 1)
  t.mock.timers.tick(60_000)
  await warned.promise
  assert.equal(locations.find('1.2.3.4').country, 'AT')
  await write('city.mmdb', { country: { iso_code: 'FR' } })
  t.mock.timers.tick(60_000)
  while (locations.find('1.2.3.4').country !== 'FR') await new Promise(setImmediate)
})

/**
 * The smallest file in MaxMind's format: one node, whose left half (0.0.0.0/1, ::/1) has the data.
 * https://maxmind.github.io/MaxMind-DB/
 */
function databaseOf(data: object): Buffer {
  const nodes = 1
  const tree = Buffer.alloc(6)
  tree.writeUIntBE(nodes + 16, 0, 3) // the first byte of the data
  tree.writeUIntBE(nodes, 3, 3) // nothing
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 0,
    database_type: 'Test',
    description: {},
    ip_version: 4,
    languages: ['en'],
    node_count: nodes,
    record_size: 24,
  }
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
  return Buffer.concat([tree, Buffer.alloc(16), encode(data), marker, encode(metadata)])
}

function encode(value: unknown): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(6, 4), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)])
  const entries = Object.entries(Object(value))
  return Buffer.concat([control(7, entries.length), ...entries.flat().map(encode)])
}

/** Types beyond 7 have a byte of their own, and sizes from 29 on. */
function control(type: number, size: number): Buffer {
  const [first, ...more] = size < 29 ? [size] : [29, size - 29]
  const own = type <= 7 ? [(type << 5) | (first ?? 0)] : [first ?? 0, type - 7]
  return Buffer.from([...own, ...more])
}

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type DevWorld, type Ended, openDevWorld, root } from './dev-world.ts'
import { examplesOf, licenseLeaves } from './typed-commands.ts'

// Licenses, virtual licenses, single impressions and the deletion of a person's data, as they are typed.

let world: DevWorld
before(async () => {
  world = await openDevWorld()
})
after(() => world?.[Symbol.asyncDispose]())

const time = new Date(Math.floor(Date.now() / 3_600_000 - 20) * 3_600_000).toISOString()
const window = ['--from', time, '--to', new Date().toISOString()]

async function importRows(licenseKey: string, rows: object[]): Promise<void> {
  const text = rows.map((row) => JSON.stringify({ time, sequence_number: 0, ...row })).join('\n')
  const from = ['import', '-', '--format', 'ndjson', '--license', licenseKey]
  const { code, stderr } = await world.sluice(from, {}, text)
  assert.equal(code, 0, stderr)
}

test('a license is changed where it is asked for, and another organization’s is not there', async () => {
  const { json, sluice, dev } = world
  const { id, name } = await json(['licenses', 'create', 'changed', '--retention', 'P30D'])
  const labels = ['--label', 'customData1=tier', 'customData2=a=b']
  const update = ['licenses', 'update', id, '--ignore-dnt', 'true', ...labels]
  const changed = await json(update)
  assert.deepEqual(
    [changed.name, changed.ignoreDNT, changed.retentionTime, changed.customDataFieldLabels],
    [name, true, 'P30D', { customData1: 'tier', customData2: 'a=b' }],
  )
  const [, other] = dev.organizations
  for (const command of [update, ['licenses', 'domains', 'list', id]]) {
    const stranger = await sluice(['--organization', other.id, ...command])
    assert.deepEqual([stranger.code, stranger.stdout], [3, ''])
  }
  const wrong = await sluice(['licenses', 'update', id, '--label', 'tier'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /customData1=tier/)
  const domain = await json(['licenses', 'domains', 'add', id, 'aurora.example'])
  assert.match((await sluice(['licenses', 'domains', 'list', id])).stdout, /aurora\.example/)
  await json(['licenses', 'domains', 'delete', id, domain.id])
  assert.deepEqual(await json(['licenses', 'domains', 'list', id]), [])
})

test('impressions are found by virtual license; a person’s are deleted, and the record says how many', async () => {
  const { json, sluice } = world
  const [web, tv] = [
    await json(['licenses', 'create', 'w']),
    await json(['licenses', 'create', 't']),
  ]
  const both = ['--license', web.licenseKey, tv.licenseKey]
  const virtual = await json(['virtual-licenses', 'create', 'all', ...both])
  assert.equal(virtual.licenses.length, 2)
  await importRows(web.licenseKey, [
    { impression_id: 'one', custom_user_id: 'viewer', video_startuptime: 5 },
    { impression_id: 'two', state: 'setup' },
  ])
  await importRows(tv.licenseKey, [{ impression_id: 'three', custom_user_id: 'viewer' }])
  assert.equal((await json(['licenses', 'get', web.id])).impressions, 1)
  const find = ['impressions', 'find', '--license', virtual.id, ...window]
  assert.equal((await json(find)).length, 3)
  assert.match((await sluice([...find])).stdout, /^impressionId$/m)
  const get = ['impressions', 'get', 'two', '--license', virtual.id]
  assert.equal((await json(get))[0].state, 'setup')
  assert.match((await sluice(get)).stdout, /^0 +setup/m)
  const none = await sluice(['privacy', 'delete'])
  assert.equal(none.code, 2)
  assert.match(none.stderr, /exactly one of userId/)
  const deleted = await sluice(['privacy', 'delete', '--custom-user-id', 'viewer', '--json'])
  assert.equal(deleted.code, 0, deleted.stderr)
  const record = JSON.parse(deleted.stdout)
  assert.deepEqual([record.samples, record.status], [2, 'FINISHED'])
  assert.match(deleted.stderr, new RegExp(`sluice privacy files ${record.id}`))
  assert.deepEqual(await json(['privacy', 'files', record.id]), [])
  assert.deepEqual(await json(find), [{ impressionId: 'two' }])
  await json(['virtual-licenses', 'delete', virtual.id])
  assert.equal((await sluice(find)).code, 3)
})

test('every example of these commands works as it is pasted, and so each command was run', async () => {
  const { json, dev, directory } = world
  const [{ licenseKey }] = dev.organizations
  await importRows(licenseKey, [{ impression_id: 'pasted' }])
  const license = await json(['licenses', 'create', 'pasted'])
  const made: Record<string, string> = {
    licenses: license.id,
    'virtual-licenses': (await json(['virtual-licenses', 'create', 'v', '--license', licenseKey]))
      .id,
    privacy: (await json(['privacy', 'delete', '--impression-id', 'never'])).id,
  }
  const domain = await json(['licenses', 'domains', 'add', license.id, 'pasted.example'])
  const place = await mkdtemp(join(directory, 'pasted-'))
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'cli', 'main.ts')}" "$@"\n`
  await writeFile(join(place, 'sluice'), shim, { mode: 0o755 })
  const env = {
    PATH: `${place}:${process.env.PATH}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    SLUICE_DATA_DIR: join(directory, 'world'),
  }
  const isLast = (leaf: string) => leaf.startsWith('virtual-licenses delete')
  for (const leaf of licenseLeaves.toSorted((a, b) => Number(isLast(a)) - Number(isLast(b))))
    for (const example of examplesOf(leaf)) {
      const line = example
        .replace('<id>', made[leaf.split(' ')[0] ?? ''] ?? '')
        .replace('<domain>', domain.id)
        .replace('<impression>', 'pasted')
        .replace('<key>', licenseKey)
      const { code, stderr } = await new Promise<Ended>((done) => {
        execFile('bash', ['-c', line], { cwd: place, env }, (error, stdout, stderr) =>
          done({ code: Number(error?.code ?? 0), stdout, stderr }),
        )
      })
      assert.equal(code, 0, `${line}\n${stderr}`)
    }
})

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTestClickhouse, startWorld } from './testing.ts'

test('a world has organizations with keys that work, and leaves nothing behind', async () => {
  const world = await startWorld()
  const { dataDirectory } = world
  try {
    const { apiKey, licenseKey, name } = await world.createOrganization('Aurora Video')
    await world.restartService()
    const response = await fetch(`${world.apiUrl}/analytics/licenses`, {
      headers: { 'X-Api-Key': apiKey },
    })
    const { data } = Object(await response.json())
    assert.deepEqual(
      data.result.items.map((item: Record<string, string>) => [item.licenseKey, item.name]),
      [[licenseKey, `${name}, web`]],
    )
    assert.equal((await fetch(`${world.url}/readyz`)).status, 200)
    await assert.rejects(startWorld({ dataDirectory }), /is in use by process/)
  } finally {
    await world.close()
  }
  assert.equal(existsSync(dataDirectory), false)
})

test('credentials of another principal are refused with both names', async () => {
  await assert.rejects(
    startWorld({ env: { SLUICE_PRINCIPAL_ARN: 'arn:aws:iam::999999999999:role/someone-else' } }),
    /role\/someone-else.*belong to arn:aws:iam::\d{12}:user\/sluice/,
  )
})

test('a service whose sample store is away says that it is not ready, and which part is missing', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-store-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const clickhouse = await openTestClickhouse({ dataDirectory: directory })
  if (clickhouse.pid === undefined) return t.skip('the server is not ours to stop')
  await using world = await startWorld({
    env: { SLUICE_LOG_LEVEL: 'silent', SLUICE_CLICKHOUSE_URL: clickhouse.address },
  })
  assert.equal((await fetch(`${world.url}/readyz`)).status, 200)
  await clickhouse.close()
  const answer = await fetch(`${world.url}/readyz`)
  assert.equal(answer.status, 503)
  assert.match(
    Object(await answer.json()).data.message,
    /^The sample store does not answer\. Please/,
  )
  assert.equal((await fetch(`${world.url}/healthz`)).status, 200)
})

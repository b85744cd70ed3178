import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { startWorld } from '#testing'

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

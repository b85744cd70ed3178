import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Rehearsal, rehearse, startWorld, type World } from '#testing'

// Roles are probed again by themselves: the world's clock is moved, and the loop looks often.

let world: World
let nowMs = Date.parse('2026-03-01T12:00:00Z')
before(async () => {
  const env = { SLUICE_LOG_LEVEL: 'silent' }
  const clock = { now: () => new Date(nowMs) }
  world = await startWorld({ clock, iamDelayMs: 0, probePauseMs: 1, recheckPollMs: 20, env })
})
after(() => world.close())

const HOUR_MS = 3_600_000
const WAIT_MS_MAX = 60_000

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX
  while (!(await isSo())) {
    assert(performance.now() < deadline, 'it has not come about')
    await new Promise((done) => setTimeout(done, 20))
  }
}

async function stateOf(it: Rehearsal) {
  const { role } = await it.client.outputs.s3RoleBased.getVerification(it.output.id)
  assert(role)
  return role
}

test('a role that was opened to others is found by the next re-check, which asks STS alone', async () => {
  using it = await rehearse(world, await world.createOrganization(), { cloudRegion: 'US_EAST_1' })
  await it.createBucket()
  await it.createRole()
  await it.putPermissions()
  await it.client.outputs.s3RoleBased.verify(it.output.id)
  const webhook = await it.client.webhooks.create({
    url: 'http://127.0.0.1:1/',
    events: ['verification.turned'],
  })
  const { Effect, Principal, Action } = {
    Effect: 'Allow',
    Principal: { AWS: it.principalArn },
    Action: 'sts:AssumeRole',
  }
  await it.changeTrust([{ Effect, Principal, Action }])
  world.aws.calls.clear()
  nowMs += 5 * HOUR_MS
  assert.equal((await stateOf(it)).verdict, 'PASSED', 'it is not due yet')
  nowMs += 2 * HOUR_MS
  await until(async () => (await stateOf(it)).verdict === 'FAILED')
  const { code, turns } = await stateOf(it)
  assert.deepEqual(
    [code, turns[0]?.verdict, turns[0]?.why],
    ['ROLE_IGNORES_EXTERNAL_ID', 'FAILED', 'scheduled re-check'],
  )
  const asked = world.aws.calls
    .list()
    .filter(({ requestParameters: of }) => of?.bucketName === it.bucketName)
  assert.deepEqual(asked, [])
  const { value: delivery } = await it.client.webhooks.listDeliveries(webhook.id).next()
  const { type, data } = JSON.parse(delivery?.payload ?? '')
  assert.equal(type, 'verification.turned')
  const { outputId, verdict } = data
  assert.deepEqual([outputId, verdict, data.code], [it.output.id, 'FAILED', code])
})

test('a role of an output that is gone is not asked any more', async () => {
  using it = await rehearse(world, await world.createOrganization())
  using other = await rehearse(world, await world.createOrganization())
  for (const each of [it, other]) {
    await each.createRole()
    await each.client.outputs.s3RoleBased.verify(each.output.id)
  }
  await it.client.outputs.s3RoleBased.delete(it.output.id)
  world.aws.calls.clear()
  nowMs += 7 * HOUR_MS
  const asked = ({ output }: Rehearsal) =>
    world.aws.calls.list().filter(({ requestParameters: of }) => of?.roleArn === output.roleArn)
      .length
  await until(async () => asked(other) > 0)
  assert.equal(asked(it), 0)
})

test('accesses are kept for 400 days', async () => {
  using it = await rehearse(world, await world.createOrganization())
  await it.createRole()
  await it.client.outputs.s3RoleBased.verify(it.output.id)
  const count = async () => {
    const { value } = await it.client.outputs.s3RoleBased.listAccesses(it.output.id).next()
    return value
  }
  const first = await count()
  assert(first)
  nowMs += 399 * 24 * HOUR_MS
  assert(await count())
  nowMs += 2 * 24 * HOUR_MS
  const seen = async () => {
    const ids = new Set<string>()
    for await (const { id } of it.client.outputs.s3RoleBased.listAccesses(it.output.id)) ids.add(id)
    return ids
  }
  await until(async () => !(await seen()).has(first.id))
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Rehearsal, rehearse, startWorld, type World } from '#testing'

// A rotation of the external id, step by step, while exports run: at no moment does one fail for it.

let world: World
before(async () => {
  const env = { SLUICE_LOG_LEVEL: 'silent' }
  world = await startWorld({ iamDelayMs: 0, probePauseMs: 1, env })
})
after(() => world.close())

const trustOf = (it: Rehearsal, ids: (string | undefined)[]) => [
  {
    Effect: 'Allow',
    Principal: { AWS: it.principalArn },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': ids } },
  },
]

test('no export fails while the id is rotated, whichever of the two the role takes', async () => {
  using it = await rehearse(world, await world.createOrganization(), { cloudRegion: 'US_EAST_1' })
  await it.createBucket()
  await it.createRole()
  await it.putPermissions()
  const { externalIdRotation } = it.client.outputs.s3RoleBased
  const { id, externalId: old } = it.output
  const exporting = keepExporting(it)
  const { nextExternalId: next } = await externalIdRotation.start(id)
  await exporting.oneMore()
  await it.changeTrust(trustOf(it, [next]))
  await exporting.oneMore()
  await it.changeTrust(trustOf(it, [old, next]))
  await externalIdRotation.promote(id)
  await it.changeTrust(trustOf(it, [old]))
  await exporting.oneMore()
  await it.changeTrust(trustOf(it, [next]))
  await externalIdRotation.retire(id)
  await exporting.oneMore()
  const outcomes = await exporting.stop()
  assert(outcomes.length >= 4)
  assert(
    outcomes.every((outcome) => outcome === 'FINISHED'),
    outcomes.join(),
  )
})

test('promotion is refused while the role does not take the next id, and retirement while it takes the old', async () => {
  using it = await rehearse(world, await world.createOrganization())
  await it.createRole()
  const { externalIdRotation, get } = it.client.outputs.s3RoleBased
  const { id, externalId: old } = it.output
  const { nextExternalId: next } = await externalIdRotation.start(id)
  await assert.rejects(externalIdRotation.promote(id), /Nothing was changed: 1 of 1 roles/)
  await it.changeTrust(trustOf(it, [old, next]))
  await externalIdRotation.promote(id)
  await assert.rejects(externalIdRotation.retire(id), /still opens with the external id/)
  assert.equal((await get(id)).externalId, next)
  await it.changeTrust(trustOf(it, [next]))
  {
    using _ = world.aws.faults.add({
      service: 'sts',
      operation: 'AssumeRole',
      kind: 'throttle',
      where: { roleArn: it.output.roleArn, externalId: old },
    })
    await assert.rejects(externalIdRotation.retire(id), /no clear answer/)
  }
  assert.equal((await externalIdRotation.retire(id)).step, 'RETIRED')
})

/** One export after the other, each of one empty hour, until it is stopped. */
function keepExporting(it: Rehearsal) {
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 24 * 3_600_000
  const outcomes: string[] = []
  let isStopped = false
  const exportOnce = async () => {
    const task = await it.client.exportTasks.create({
      name: 'an hour',
      startTime: new Date(hour).toISOString(),
      endTime: new Date(hour + 3_600_000).toISOString(),
      licenseKey: it.organization.licenseKey,
      type: 'SESSIONS',
      output: { outputId: it.output.id, outputPath: `path-${outcomes.length}` },
    })
    const ended = it.client.exportTasks.waitUntilFinished(task.id)
    outcomes.push(await ended.then(() => 'FINISHED', String))
  }
  const loop = async () => {
    while (!isStopped) await exportOnce()
  }
  const running = loop()
  return {
    /** Resolves when an export that began after the call has ended. */
    oneMore: async () => {
      const count = outcomes.length + 2
      while (outcomes.length < count) await new Promise((done) => setTimeout(done, 20))
    },
    stop: async () => {
      isStopped = true
      await running
      return outcomes
    },
  }
}

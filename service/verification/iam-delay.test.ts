import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { type Rehearsal, rehearse, startWorld, type World } from '#testing'

// A customer's engineer verifies seconds after the script has run: what IAM has taken is not everywhere yet.

const SECOND_MS = 1000
let aheadMs = 0
const clock = { now: () => new Date(Date.now() + aheadMs) }

let world: World
before(async () => {
  const env = { SLUICE_LOG_LEVEL: 'silent' }
  world = await startWorld({ clock, iamDelayMs: 15 * SECOND_MS, probePauseMs: 1, env })
})
after(() => world?.close())
afterEach(() => world.aws.faults.clear())

/** What IAM is told within holds so much later. */
async function late(delayMs: number, change: () => Promise<void>): Promise<void> {
  using _ = world.aws.faults.add({ service: 'iam', kind: 'change-delay', delayMs })
  await change()
}

/** Time passes whenever a step says anew that it waits; answers what they said. */
async function verify(it: Rehearsal, passMs: number) {
  const said: string[] = []
  const report = await it.client.outputs.s3RoleBased.verify(it.output.id, {
    pollMs: 10,
    onProgress: ({ steps, waitsFor }) => {
      if (waitsFor === undefined || said.includes(waitsFor)) return
      assert.equal(
        steps.length,
        waitsFor.startsWith('S3') ? 4 : 1,
        'it is said of the step under way',
      )
      said.push(waitsFor)
      aheadMs += passMs
    },
  })
  const { name, status, causes } =
    report.steps.find((step) => step.status !== 'PASSED' && step.name !== 'WHOLE_OBJECT') ?? {}
  return { report, said, stopped: name && { name, status, cause: causes?.[0]?.code } }
}

const prepare = async () => {
  const it = await rehearse(world, await world.createOrganization(), { cloudRegion: 'US_EAST_1' })
  await it.createBucket()
  return it
}

test('a role that opened to anybody fails at once, though its trust policy was mended just now', async () => {
  using it = await prepare()
  await it.createRole([
    { Effect: 'Allow', Principal: { AWS: it.principalArn }, Action: 'sts:AssumeRole' },
  ])
  await it.putPermissions()
  const right = [
    {
      Effect: 'Allow',
      Principal: { AWS: it.principalArn },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': it.output.externalId } },
    },
  ]
  await late(60 * SECOND_MS, () => it.changeTrust(right))
  world.aws.calls.clear()
  const { stopped, said } = await verify(it, SECOND_MS)
  assert.deepEqual([stopped?.name, stopped?.status, said], ['EXTERNAL_ID', 'FAILED', []])
  const puts = world.aws.calls.list({ service: 's3', operation: 'CreateMultipartUpload' })
  assert.deepEqual(puts, [])
})

test('a write that stays refused is a failure once the time that IAM may take is over', async () => {
  using it = await prepare()
  await it.createRole()
  const { stopped, said, report } = await verify(it, 16 * SECOND_MS)
  assert.deepEqual(stopped, { name: 'WRITE', status: 'FAILED', cause: 'ROLE_LACKS_PERMISSION' })
  assert.equal(said.length, 1)
  assert(said[0]?.includes(it.bucketName))
  const write = report.steps.find(({ name }) => name === 'WRITE')
  assert(write?.calls.every(({ answer }) => answer === 'AccessDenied'))
  assert.equal(write?.calls.length, 2)
})

test('a role and a policy that arrive late are waited for, each step says so, and it passes', async () => {
  using it = await prepare()
  await late(8 * SECOND_MS, () => it.createRole())
  await late(20 * SECOND_MS, () => it.putPermissions())
  const { report, said } = await verify(it, 10 * SECOND_MS)
  assert.equal(report.verdict, 'PASSED', JSON.stringify(report.steps))
  assert.equal(said.length, 2)
  assert(said[0]?.includes(it.output.roleArn))
  assert(said[1]?.includes(it.bucketName))
  const { calls = [] } = report.steps.find(({ name }) => name === 'WRITE') ?? {}
  assert.deepEqual(
    calls.slice(0, 3).map(({ operation, answer }) => [operation, answer]),
    [
      ['CreateMultipartUpload', 'AccessDenied'],
      ['CreateMultipartUpload', 'OK'],
      ['UploadPart', 'OK'],
    ],
  )
})

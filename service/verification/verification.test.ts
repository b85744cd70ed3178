import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateUserCommand } from '@aws-sdk/client-iam'
import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { createClient } from '@sluice/sdk'
import { type Rehearsal, rehearse, startWorld, type World } from '#testing'

// One world; each test makes its own organization, output, role and bucket.

let world: World
before(async () => {
  const env = { SLUICE_LOG_LEVEL: 'silent' }
  world = await startWorld({ iamDelayMs: 0, probePauseMs: 1, env })
})
after(() => world.close())

async function makeRight(it: Rehearsal): Promise<Rehearsal> {
  await it.createBucket()
  await it.createRole()
  await it.putPermissions()
  return it
}

async function right(members: Parameters<typeof rehearse>[2] = {}): Promise<Rehearsal> {
  return makeRight(await rehearse(world, await world.createOrganization(), members))
}

const verify = (it: Rehearsal) => it.client.outputs.s3RoleBased.verify(it.output.id)

/** The calls that came to AWS about the set-up's role or bucket, in order. */
function callsAbout(it: Rehearsal) {
  return world.aws.calls
    .list()
    .filter(
      ({ requestParameters: asked }) =>
        asked?.roleArn === it.output.roleArn || asked?.bucketName === it.bucketName,
    )
}

for (const [what, fault] of [
  ['a throttle', { kind: 'throttle' }],
  ['a fault of AWS', { kind: 'internal-error' }],
  ['an STS that is away', { kind: 'service-unavailable' }],
  ['a connection that is cut', { kind: 'cut', at: 'before-answer' }],
] as const)
  for (const [probe, externalId] of [
    ['without an external id', null],
    ['with a wrong one', 'wrong'],
    ['with the right one', 'right'],
  ] as const)
    test(`${what} of the probe ${probe} is INCONCLUSIVE, and no call goes to S3`, async () => {
      using it = await right()
      const { externalId: own, roleArn } = it.output
      const aim = externalId === null ? null : externalId === 'right' ? own : { not: own }
      using struck = world.aws.faults.add({
        ...fault,
        service: 'sts',
        operation: 'AssumeRole',
        where: { roleArn, externalId: aim },
      })
      world.aws.calls.clear()
      const report = await verify(it)
      const step = report.steps.find(({ status }) => status !== 'PASSED')
      assert.deepEqual(
        [report.verdict, step?.status, step?.actor, step?.causes[0]?.code],
        ['INCONCLUSIVE', 'INCONCLUSIVE', 'NOBODY', 'AWS_UNCLEAR'],
      )
      assert(struck.struck > 0)
      assert.deepEqual(
        callsAbout(it).filter(({ eventSource }) => eventSource === 's3.amazonaws.com'),
        [],
      )
    })

test('an export through a role that gives no clear answer does not write', async () => {
  using it = await right({ cloudRegion: 'US_EAST_1' })
  const { roleArn } = it.output
  using _ = world.aws.faults.add({
    service: 'sts',
    operation: 'AssumeRole',
    kind: 'throttle',
    where: { roleArn, externalId: null },
  })
  const task = await exportHour(it)
  await until(() => world.aws.calls.list().some(({ errorCode }) => errorCode === 'Throttling'))
  await until(async () => {
    const { items } = await listAccesses(it)
    return items.some(({ outcome }) => outcome === 'AWS_UNAVAILABLE')
  })
  const { KeyCount } = await it.s3.send(new ListObjectsV2Command({ Bucket: it.bucketName }))
  assert.equal(KeyCount, 0)
  assert.notEqual((await it.client.exportTasks.get(task.id)).status, 'FINISHED')
})

test('a role that passed goes on through a bad day of AWS, and ends when it fails', async () => {
  using it = await right({ cloudRegion: 'US_EAST_1' })
  assert.equal((await verify(it)).verdict, 'PASSED')
  const { roleArn, externalId } = it.output
  const where = { roleArn, externalId: { not: externalId } }
  {
    using _ = world.aws.faults.add({
      service: 'sts',
      operation: 'AssumeRole',
      kind: 'throttle',
      where,
    })
    assert.equal((await verify(it)).verdict, 'INCONCLUSIVE')
    const task = await exportHour(it)
    const ended = await it.client.exportTasks.waitUntilFinished(task.id)
    assert.equal(ended.status, 'FINISHED')
  }
  const open = { Effect: 'Allow', Principal: { AWS: it.principalArn }, Action: 'sts:AssumeRole' }
  await it.changeTrust([open])
  const failed = await verify(it)
  assert.equal(failed.verdict, 'FAILED')
  assert.deepEqual(
    failed.role?.turns.map(({ verdict }) => verdict),
    ['FAILED', 'PASSED'],
  )
  assert.equal(failed.role?.code, 'ROLE_IGNORES_EXTERNAL_ID')
})

test('every call to S3 names the owner and every session is narrowed to the prefix', async () => {
  using it = await right()
  world.aws.calls.clear()
  const report = await it.client.outputs.s3RoleBased.verify(it.output.id, { wholeObject: true })
  assert.equal(report.verdict, 'PASSED')
  const calls = callsAbout(it)
  const s3 = calls.filter(({ eventSource }) => eventSource === 's3.amazonaws.com')
  const ours = s3.filter(({ userIdentity }) => userIdentity?.arn?.includes('/sluice-'))
  assert(ours.length >= 5)
  for (const { requestParameters: asked } of ours)
    assert.equal(asked?.['x-amz-expected-bucket-owner'], it.accountId)
  const opened = calls.filter(
    ({ eventName, errorCode }) => eventName === 'AssumeRole' && !errorCode,
  )
  for (const { requestParameters: asked } of opened) {
    assert.match(String(asked?.policy), /"Deny"/)
    assert.equal(asked?.roleSessionName, `sluice-${it.output.id}`)
  }
  const first = calls.findIndex(({ eventSource }) => eventSource === 's3.amazonaws.com')
  const wrong = calls.slice(0, first).filter(({ errorCode }) => errorCode === 'AccessDenied')
  assert.equal(wrong.length, 8, 'eight wrong probes were refused before S3 was asked')
})

test('a fault of Sluice’s own identity is told as Sluice’s, before the role is asked', async () => {
  using it = await right()
  world.aws.calls.clear()
  using _ = world.aws.faults.add({
    service: 'sts',
    operation: 'GetCallerIdentity',
    kind: 'error',
    status: 403,
    code: 'InvalidClientTokenId',
    message: 'The security token included in the request is invalid.',
  })
  const report = await verify(it)
  const [first] = report.steps
  assert.deepEqual(
    [report.verdict, first?.name, first?.status, first?.actor],
    ['INCONCLUSIVE', 'PRINCIPAL', 'FAILED', 'OPERATOR'],
  )
  assert.deepEqual(callsAbout(it), [])
})

test('a role that let Sluice in once, and no more, may name a principal that was made anew', async () => {
  using it = await right()
  await it.changeTrust([
    {
      Effect: 'Allow',
      Principal: { AWS: it.principalArn },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': it.output.externalId } },
    },
  ])
  assert.equal((await verify(it)).verdict, 'PASSED')
  await it.changeTrust([
    {
      Effect: 'Allow',
      Principal: { AWS: await strangerOf(it) },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': it.output.externalId } },
    },
  ])
  const failed = (await verify(it)).steps.find(({ status }) => status === 'FAILED')
  assert(failed?.causes.some(({ code }) => code === 'PRINCIPAL_RECREATED'))
})

/** Another user, of the customer's account. */
async function strangerOf(it: Rehearsal): Promise<string> {
  const made = await it.iam.send(new CreateUserCommand({ UserName: 'stranger' }))
  return made.User?.Arn ?? ''
}

test('a second organization gets NOT_FOUND, word for word as for no output at all', async () => {
  using it = await right()
  const other = await world.createOrganization()
  const { outputs } = createClient({ apiUrl: world.apiUrl, apiKey: other.apiKey })
  const missing = '00000000-0000-4000-8000-000000000000'
  const textOf = async (call: (id: string) => Promise<unknown>, id: string) =>
    call(id).then(
      () => assert.fail('It was found.'),
      (error: Error) => error.message.replaceAll(id, 'ID'),
    )
  const { verify, getVerification, getVerificationProgress } = outputs.s3RoleBased
  for (const call of [verify, getVerification, getVerificationProgress])
    assert.equal(await textOf(call, it.output.id), await textOf(call, missing))
})

test('of two organizations with one role, only the one whose id it demands can use it', async () => {
  using it = await right()
  const other = await world.createOrganization()
  using theirs = await rehearse(world, other, {
    roleArn: it.output.roleArn,
    bucketName: it.bucketName,
  })
  const report = await verify(theirs)
  assert.equal(report.verdict, 'FAILED')
  assert.equal(report.steps[1]?.code, 'ROLE_NOT_ASSUMABLE')
  assert(!JSON.stringify(report).includes(it.output.externalId))
  assert.equal((await verify(it)).verdict, 'PASSED')
})

test('WARN is the operator’s alone, lets an open role be used, and never one that two organizations have', async () => {
  using it = await right({ cloudRegion: 'US_EAST_1' })
  const open = { Effect: 'Allow', Principal: { AWS: it.principalArn }, Action: 'sts:AssumeRole' }
  await it.changeTrust([open])
  const set = (apiKey: string, externalIdEnforcement: string) =>
    fetch(
      `${world.apiUrl}/analytics/outputs/s3-role-based/${it.output.id}/external-id-enforcement`,
      {
        method: 'PUT',
        headers: {
          'x-api-key': apiKey,
          'x-tenant-org-id': it.organization.id,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ externalIdEnforcement }),
      },
    )
  assert.equal((await set(it.organization.apiKey, 'WARN')).status, 403)
  const refused = await exportHour(it)
  await assert.rejects(it.client.exportTasks.waitUntilFinished(refused.id), {
    code: 'ROLE_IGNORES_EXTERNAL_ID',
  })
  assert.equal((await set(world.operatorApiKey, 'WARN')).status, 200)
  const allowed = await exportHour(it)
  await it.client.exportTasks.waitUntilFinished(allowed.id)
  const other = await world.createOrganization()
  // IAM knows no two roles that differ in case alone.
  const roleArn = it.output.roleArn.replace(':role/role-', ':role/Role-')
  using _ = await rehearse(world, other, { roleArn })
  const again = await exportHour(it)
  await assert.rejects(it.client.exportTasks.waitUntilFinished(again.id), {
    code: 'ROLE_IGNORES_EXTERNAL_ID',
  })
  assert.equal((await set(world.operatorApiKey, 'STRICT')).status, 200)
  assert.equal((await set(world.operatorApiKey, 'WARN')).status, 409)
})

test('at most twenty verifications an hour are made for a role', async () => {
  using it = await rehearse(world, await world.createOrganization())
  for (let made = 0; made < 20; made += 1) await verify(it)
  await assert.rejects(verify(it), (error: Error) => /At most 20 verifications/.test(error.message))
})

let exported = 0
/** One empty hour of yesterday; each time to another path. */
function exportHour(it: Rehearsal) {
  const start = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 24 * 3_600_000)
  exported += 1
  return it.client.exportTasks.create({
    name: 'an hour',
    startTime: start.toISOString(),
    endTime: new Date(start.getTime() + 3_600_000).toISOString(),
    licenseKey: it.organization.licenseKey,
    type: 'SESSIONS',
    output: { outputId: it.output.id, outputPath: `path-${exported}` },
  })
}

async function listAccesses(it: Rehearsal) {
  const items: { outcome: string }[] = []
  for await (const access of it.client.outputs.s3RoleBased.listAccesses(it.output.id))
    items.push(access)
  return { items }
}

const WAIT_MS_MAX = 60_000

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX
  while (!(await isSo())) {
    assert(performance.now() < deadline, 'it has not come about')
    await new Promise((done) => setTimeout(done, 50))
  }
}

test('each step is seen as it ends, and what broke off says so', async () => {
  using it = await right({ cloudRegion: 'US_EAST_1' })
  const { s3RoleBased } = it.client.outputs
  const { id, roleArn } = it.output
  const slow = { service: 'sts', operation: 'AssumeRole', kind: 'slow' } as const
  world.aws.faults.add({ ...slow, delayMs: 300, times: 1, where: { roleArn } })
  const seen: string[] = []
  const report = await s3RoleBased.verify(id, {
    pollMs: 10,
    onProgress: ({ status, steps }) =>
      seen.push([status, ...steps.map(({ name }) => name)].join(' ')),
  })
  assert.equal(report.verdict, 'PASSED')
  assert(seen.includes('RUNNING PRINCIPAL'), seen.join('; '))
  const progress = await s3RoleBased.getVerificationProgress(id)
  assert.deepEqual(
    [progress.id, progress.status, progress.steps],
    [report.id, 'ENDED', report.steps],
  )

  using _ = world.aws.faults.add({ ...slow, delayMs: 5000, where: { roleArn } })
  const response = fetch(`${world.apiUrl}/analytics/outputs/s3-role-based/${id}/verification`, {
    method: 'POST',
    headers: { 'X-Api-Key': it.organization.apiKey },
    signal: AbortSignal.timeout(500),
  })
  await assert.rejects(response)
  await until(async () => (await s3RoleBased.getVerificationProgress(id)).status === 'BROKEN_OFF')
  assert.equal((await s3RoleBased.getVerification(id)).id, report.id)
})

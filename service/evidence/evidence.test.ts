import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { createClient, NotFoundError } from '@sluice/sdk'
import { type Rehearsal, rehearse, startWorld, type World } from '#testing'

let world: World
let it: Rehearsal
before(async () => {
  world = await startWorld({ iamDelayMs: 0, probePauseMs: 1 })
  it = await rehearse(world, await world.createOrganization(), {
    name: '<script>alert("name")</script>',
    pathPrefix: '<img src=x>/',
  })
  await it.createBucket()
  await it.createRole()
  await it.putPermissions([{ Effect: 'Allow', Action: 's3:*', Resource: '*' }])
})
after(async () => {
  it[Symbol.dispose]()
  await world.close()
})

function request(query = '', apiKey = it.organization.apiKey): Promise<Response> {
  const path = `/analytics/outputs/s3-role-based/${it.output.id}/report${query}`
  return fetch(`${world.apiUrl}${path}`, { headers: { 'X-Api-Key': apiKey } })
}

test('another organization gets NOT_FOUND, word for word as for an output that never was', async () => {
  const { apiKey } = await world.createOrganization()
  const other = createClient({ apiUrl: world.apiUrl, apiKey }).outputs.s3RoleBased
  const never = '7d4f2c7e-1b1f-4a6e-9a53-0c8f5f0a1b2c'
  const texts: string[] = []
  for (const id of [it.output.id, never])
    await assert.rejects(other.getReport(id), (error) => {
      assert(error instanceof NotFoundError)
      texts.push(error.message.replace(id, 'ID'))
      return true
    })
  assert.equal(texts[0], texts[1])
  for (const format of ['markdown', 'html', 'json'])
    assert.equal((await request(`?format=${format}`, apiKey)).status, 404)
})

test('a day count or format that is none is refused', async () => {
  for (const query of ['?days=0', '?days=401', '?format=pdf'])
    assert.equal((await request(query)).status, 400, query)
})

test('an output that was never used has a report that says so', async () => {
  const report = await it.client.outputs.s3RoleBased.getReport(it.output.id)
  assert.deepEqual([report.verification, report.role], [undefined, undefined])
  assert.deepEqual([report.accesses.newest, report.accesses.counts], [[], []])
  const { text } = await documentOf('markdown')
  assert(text.includes('The role was never probed.'), text)
})

test('the report shows the verification with all its request ids, and every use of the role', async () => {
  const { s3RoleBased } = it.client.outputs
  const verified = await s3RoleBased.verify(it.output.id)
  assert.equal(verified.verdict, 'PASSED')
  const report = await s3RoleBased.getReport(it.output.id)
  assert.equal(report.verification?.id, verified.id)
  assert.equal(report.role?.verdict, 'PASSED')
  const accesses: unknown[] = []
  for await (const access of s3RoleBased.listAccesses(it.output.id)) accesses.push(access)
  assert.deepEqual(report.accesses.newest, accesses)
  const counted = report.accesses.counts.reduce((sum, { count }) => sum + count, 0)
  assert.equal(counted, accesses.length)
  const calls = verified.steps.flatMap(({ calls }) => calls)
  const ids = calls.map(({ requestId }) => requestId ?? '')
  assert(ids.length > 10 && ids.every((id) => id !== ''))
  for (const format of ['markdown', 'html', 'json'] as const) {
    const { text } = await documentOf(format)
    for (const id of ids) assert(text.includes(id), `${id} in ${format}`)
  }
})

test('the session policy is the one that STS gets, byte for byte', async () => {
  const { sessionPolicy, roleArn } = await it.client.outputs.s3RoleBased.getReport(it.output.id)
  const sent = world.aws.calls
    .list({ service: 'sts', operation: 'AssumeRole' })
    .filter(({ requestParameters }) => requestParameters.roleArn === roleArn)
    .map(({ requestParameters }) => requestParameters.policy)
  assert(sent.includes(sessionPolicy.json))
  const sha256 = createHash('sha256').update(sessionPolicy.json).digest('hex')
  assert.equal(sessionPolicy.sha256, sha256)
})

test('each format comes alone, with its type and name; a page may do nothing', async () => {
  for (const [format, type, end] of [
    ['markdown', 'text/markdown; charset=utf-8', 'md'],
    ['html', 'text/html; charset=utf-8', 'html'],
    ['json', 'application/json; charset=utf-8', 'json'],
  ] as const) {
    const answer = await request(`?format=${format}`)
    const { headers } = answer
    assert.deepEqual(
      [answer.status, headers.get('content-type'), headers.get('content-disposition')],
      [200, type, `inline; filename="sluice-report-${it.output.id}.${end}"`],
    )
    const text = await answer.text()
    assert(text.includes(it.output.externalId), format)
    if (format === 'json') assert.equal(JSON.parse(text).outputId, it.output.id)
    if (format !== 'html') continue
    assert.match(headers.get('content-security-policy') ?? '', /^sandbox;/)
    assert.equal(/<(script|img)/.test(text), false)
  }
})

test('retired external ids are shortened, the present one is not', async () => {
  const { s3RoleBased } = it.client.outputs
  const { id, externalId } = it.output
  await s3RoleBased.externalIdRotation.start(id)
  await s3RoleBased.externalIdRotation.cancel(id)
  const { rotations, documents } = await s3RoleBased.getReport(id)
  const [rotation] = rotations
  assert.deepEqual([rotation?.step, rotation?.oldExternalId], ['CANCELLED', externalId])
  assert.match(rotation?.nextExternalId ?? '', /^.{8}…$/)
  assert(documents.every(({ text }) => text.includes(rotation?.nextExternalId ?? 'none')))
})

test('the commands for revocation end all access at once', async () => {
  const { s3RoleBased } = it.client.outputs
  const { revokeCommands } = await s3RoleBased.getReport(it.output.id)
  const [trust, permissions] = revokeCommands.map((command) => /'(\{.*\})'$/.exec(command)?.[1])
  assert(trust && permissions, revokeCommands.join('\n'))
  const RoleName = it.roleName
  await it.iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'revoked', PolicyDocument: permissions }),
  )
  const closed = await s3RoleBased.verify(it.output.id)
  assert.equal(closed.steps.find(({ status }) => status === 'FAILED')?.name, 'WRITE')
  await it.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }))
  const refused = await s3RoleBased.verify(it.output.id)
  assert.equal(refused.steps.find(({ status }) => status === 'FAILED')?.name, 'ROLE')
})

async function documentOf(format: 'markdown' | 'html' | 'json') {
  const { documents } = await it.client.outputs.s3RoleBased.getReport(it.output.id)
  const found = documents.find((each) => each.format === format)
  assert(found)
  return found
}

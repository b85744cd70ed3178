import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openCustomer } from './customer.ts'
import { findSluice, type Organization, type Sluice } from './sluice.ts'

// Bad input gets a clear error and changes nothing. Plain HTTP: no SDK would send most of this.

const DAY_MS = 86_400_000
const TASK_MS_MAX = 60_000
const day = new Date(Math.floor(Date.now() / DAY_MS - 1) * DAY_MS)
const hour = {
  startTime: day.toISOString(),
  endTime: new Date(day.getTime() + 3_600_000).toISOString(),
}

let sluice: Sluice
let organization: Organization
let stranger: Organization
before(async () => {
  sluice = await findSluice(process.env)
  ;[organization, stranger] = sluice.organizations
})
after(() => sluice[Symbol.asyncDispose]())

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
type Answer = any

async function send(
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string>; apiKey?: string } = {},
): Promise<{ status: number; answer: Answer }> {
  const { body, headers = {}, apiKey = organization.apiKey } = options
  const response = await fetch(`${sluice.apiUrl}${path}`, {
    method,
    headers: { 'X-Api-Key': apiKey, 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, answer: await response.json() }
}

const OUTPUTS = '/analytics/outputs/s3-role-based'
const newOutput = (more: object = {}) => ({
  bucketName: `bad-input-${randomUUID().slice(0, 8)}`,
  roleArn: `arn:aws:iam::${organization.aws.accountId}:role/sluice`,
  ...more,
})

async function createOutput(more: object = {}): Promise<Answer> {
  const { status, answer } = await send('POST', OUTPUTS, { body: newOutput(more) })
  assert.equal(status, 201, JSON.stringify(answer))
  return answer.data.result
}

const task = (outputId: string, more: object = {}) => ({
  name: 'bad input',
  ...hour,
  licenseKey: organization.licenseKey,
  type: 'SESSIONS',
  output: { outputId, outputPath: 'x' },
  ...more,
})

test('a key that is missing or unknown, and an organization one is no member of', async () => {
  assert.equal((await send('GET', OUTPUTS, { apiKey: '' })).status, 401)
  assert.equal((await send('GET', OUTPUTS, { apiKey: randomUUID() })).status, 401)
  const tenant = { 'X-Tenant-Org-Id': stranger.id }
  const { status } = await send('GET', OUTPUTS, { headers: tenant })
  assert.equal(status, 403)
  const nobody = { 'X-Tenant-Org-Id': randomUUID() }
  assert.equal((await send('GET', OUTPUTS, { headers: nobody })).status, status)
})

test('broken JSON, wrong types and bodies that are too large', async () => {
  assert.equal((await send('POST', OUTPUTS, { body: '{"bucketName":' })).status, 400)
  assert.equal((await send('POST', OUTPUTS, { body: '[]' })).status, 400)
  const large = JSON.stringify({ name: 'x'.repeat(10 * 1024 ** 2) })
  assert.equal((await send('POST', OUTPUTS, { body: large })).status, 413)
})

test('the wrong door names the right one', async () => {
  const { status, answer } = await send('POST', '/encoding/outputs/s3-role-based', { body: {} })
  assert.equal(status, 404)
  assert.match(answer.data.message, /\/analytics\/outputs\/s3-role-based/)
})

test('all mistakes of an output come in one answer, each with its field', async () => {
  const body = newOutput({
    bucketName: 'Not_A_Bucket',
    roleArn: 'arn:aws:iam::12:role/x',
    externalIdMode: 'SOMETIMES',
    pathPrefix: '../up',
  })
  const { status, answer } = await send('POST', OUTPUTS, { body })
  assert.equal(status, 400)
  const text = JSON.stringify(answer.data.details)
  for (const field of ['bucketName', 'roleArn', 'externalIdMode', 'pathPrefix'])
    assert(text.includes(field), `${field} in ${text}`)
})

const ownAccount = () => sluice.servicePrincipalArn.split(':')[4]
const badOutputs: [string, () => object][] = [
  ['an access point instead of a bucket', () => ({ bucketName: 'x-s3alias' })],
  ['a role of another partition', () => ({ roleArn: 'arn:aws-cn:iam::111122223333:role/x' })],
  ['a role of our own account', () => ({ roleArn: `arn:aws:iam::${ownAccount()}:role/x` })],
  [
    'an external id of the caller’s',
    () => ({ externalIdMode: 'GENERATED', externalId: 'mine-1234' }),
  ],
  [
    'CUSTOM, which the operator has not allowed',
    () => ({ externalIdMode: 'CUSTOM', externalId: 'x'.repeat(40) }),
  ],
]
for (const [what, more] of badOutputs)
  test(`no output is made with ${what}`, async () => {
    const { status, answer } = await send('POST', OUTPUTS, { body: newOutput(more()) })
    assert(status === 400 || status === 403, JSON.stringify(answer))
    assert(answer.data.message.length > 0)
  })

test('no task is made of what is not valid', async () => {
  const { id } = await createOutput()
  const theirs = await send('POST', OUTPUTS, { body: newOutput(), apiKey: stranger.apiKey })
  const future = new Date(Date.now() + DAY_MS).toISOString()
  const cases: [object, number, RegExp][] = [
    [task(randomUUID()), 404, /output/],
    [task(theirs.answer.data.result.id), 404, /output/],
    [task(id, { licenseKey: randomUUID() }), 404, /license/],
    [task(id, { licenseKey: stranger.licenseKey }), 404, /license/],
    [task(id, { startTime: hour.endTime, endTime: hour.startTime }), 400, /endTime/],
    [task(id, { endTime: future }), 400, /endTime/],
    [task(id, { columns: ['time', 'no_such_column'] }), 400, /no_such_column/],
    [task(id, { output: { outputId: id, outputPath: '../up' } }), 400, /outputPath/],
    [task(id, { output: { outputId: id, outputPath: '/absolute' } }), 400, /outputPath/],
    [task(id, { output: { outputId: id, outputPath: '' } }), 400, /outputPath/],
    [task(id, { type: 'EVERYTHING' }), 400, /type/],
    [task(id, { type: 'ADS', columns: ['state'] }), 400, /of ADS: 'state'/],
    [task(id, { name: 7 }), 400, /name/],
  ]
  for (const [body, expected, pattern] of cases) {
    const { status, answer } = await send('POST', '/analytics/exports', { body })
    assert.equal(status, expected, `${JSON.stringify(body)}: ${JSON.stringify(answer)}`)
    assert.match(JSON.stringify(answer.data), pattern)
  }
})

test('a window that collides with another task’s files is refused', async () => {
  const { id } = await createOutput()
  assert.equal((await send('POST', '/analytics/exports', { body: task(id) })).status, 201)
  const other = task(id, { fileFormat: 'CSV', columns: ['time'] })
  const { status, answer } = await send('POST', '/analytics/exports', { body: other })
  assert.equal(status, 409, JSON.stringify(answer))
})

async function endOf(outputId: string): Promise<Answer> {
  const created = await send('POST', '/analytics/exports', { body: task(outputId) })
  assert.equal(created.status, 201, JSON.stringify(created.answer))
  const deadline = performance.now() + TASK_MS_MAX
  for (;;) {
    const { answer } = await send('GET', `/analytics/exports/${created.answer.data.result.id}`)
    const { result } = answer.data
    if (['FINISHED', 'ERROR'].includes(result.status)) return result
    assert(performance.now() < deadline, `the task is still ${result.status}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}

const put = (bucketName: string) => ({
  Effect: 'Allow',
  Action: 's3:PutObject',
  Resource: `arn:aws:s3:::${bucketName}/*`,
})
const wrongSetups: [
  string,
  string,
  (names: Record<'bucketName' | 'externalId', string>) => object,
][] = [
  ['another external id', 'ROLE_NOT_ASSUMABLE', () => ({ externalId: randomUUID() })],
  ['a role that any id opens', 'ROLE_IGNORES_EXTERNAL_ID', () => ({ externalId: undefined })],
  [
    'no PutObject',
    'PUT_NOT_ALLOWED',
    ({ bucketName }) => ({
      statement: {
        ...put(bucketName),
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${bucketName}`,
      },
    }),
  ],
]
for (const [what, code, options] of wrongSetups)
  test(`an export ends in ERROR ${code} with ${what}, and nothing is written`, async () => {
    using customer = openCustomer(sluice, organization)
    const roleName = customer.newName('sluice')
    const output = await createOutput({ roleArn: customer.roleArn(roleName) })
    await customer.createBucket(output.bucketName)
    await customer.createRole(roleName, { externalId: output.externalId, ...options(output) })
    const ended = await endOf(output.id)
    assert.equal(ended.error?.code, code, JSON.stringify(ended))
    assert(ended.error.message.length > 0 && ended.error.remedy.length > 0)
    assert.deepEqual(await customer.listKeys(output.bucketName), [])
  })

test('PutObject on the prefix and a region are enough to finish', async () => {
  using customer = openCustomer(sluice, organization)
  const roleName = customer.newName('sluice')
  const roleArn = customer.roleArn(roleName)
  const output = await createOutput({ roleArn, pathPrefix: 'in/here', cloudRegion: 'US_EAST_1' })
  const { bucketName, externalId } = output
  await customer.createBucket(bucketName)
  const statement = { ...put(bucketName), Resource: `arn:aws:s3:::${bucketName}/in/here/*` }
  await customer.createRole(roleName, { externalId, statement })
  const ended = await endOf(output.id)
  assert.equal(ended.status, 'FINISHED', JSON.stringify(ended))
  const keys = await customer.listKeys(bucketName)
  assert.equal(keys.length, 2)
  assert(keys.every((key) => key.startsWith('in/here/x/')))
})

test('a bucket that another account owns, or that nobody owns, is told', async () => {
  using customer = openCustomer(sluice, organization)
  using other = openCustomer(sluice, stranger)
  const roleName = customer.newName('sluice')
  const roleArn = customer.roleArn(roleName)
  const output = await createOutput({ roleArn, cloudRegion: 'US_EAST_1' })
  await customer.createRole(roleName, { externalId: output.externalId })
  const missing = await endOf(output.id)
  assert.equal(missing.error?.code, 'BUCKET_NOT_FOUND', JSON.stringify(missing))
  const secondRole = customer.newName('sluice')
  const second = await createOutput({
    roleArn: customer.roleArn(secondRole),
    cloudRegion: 'US_EAST_1',
  })
  await customer.createRole(secondRole, { externalId: second.externalId })
  await other.createBucket(second.bucketName)
  const foreign = await endOf(second.id)
  assert.equal(foreign.error?.code, 'BUCKET_OWNER_DIFFERS', JSON.stringify(foreign))
  assert.deepEqual(await other.listKeys(second.bucketName), [])
})

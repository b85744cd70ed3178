import assert from 'node:assert/strict'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as requestHttp } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { startLocalAws } from '@sluice/local-aws'
import { startCrc64nvme } from '#crc64nvme'
import { TransientError } from '#errors'
import { smallSizes } from '#testing'
import {
  type BucketTarget,
  newExternalId,
  openDelivery,
  type RoleAccess,
  type RoleVerdicts,
} from './delivery.ts'
import { abortUpload, planParts, uploadSizes } from './put-file.ts'
import { startSender } from './sender.ts'

const REGION = 'eu-central-1'
const MIB = 1024 ** 2

type Trust = (names: { principalArn: string; externalId: string }) => object

const demanding: Trust = ({ externalId }) => ({
  Condition: { StringEquals: { 'sts:ExternalId': externalId } },
})

async function checksumOf(bytes: Buffer): Promise<string> {
  const crc64nvme = await startCrc64nvme()
  crc64nvme.update(bytes)
  return crc64nvme.digest()
}

/** What becomes of a request: it passes, its answer is lost, or it is answered with this and goes nowhere. */
type Disturb = (request: { method: string; url: URL }) => 'pass' | 'lose answer' | [number, string]

/** An AWS in front of the local one whose answers go astray. Answers its URL. */
async function startFront(t: TestContext, behind: string, disturb: Disturb): Promise<string> {
  const server = createServer((request, response) => {
    const { method = 'GET', headers } = request
    const url = new URL(request.url ?? '/', behind)
    const fate = disturb({ method, url })
    if (Array.isArray(fate)) {
      const [status, body] = fate
      request.resume().on('end', () => response.writeHead(status).end(body))
      return
    }
    const onward = requestHttp(url, { method, headers }, (answer) => {
      if (fate === 'lose answer') {
        answer.resume().on('end', () => request.socket.destroy())
        return
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${Object(server.address()).port}`
}

/** A customer with a bucket and a role of the given trust, and our delivery to it. */
async function setUp(
  t: TestContext,
  trust: Trust = demanding,
  more: Partial<BucketTarget> = {},
  disturb: Disturb = () => 'pass',
  iamDelayMs = 0,
  sizes = smallSizes,
) {
  const directory = await mkdtemp(join(tmpdir(), 'delivery-'))
  /** How much later it is than it was, and how far AWS's clock is from the machine's. */
  const time = { passedMs: 0, differenceMs: 0 }
  const now = () => new Date(Date.now() + time.passedMs)
  const aws = await startLocalAws({
    dataDirectory: join(directory, 'aws'),
    clock: () => new Date(now().getTime() + time.differenceMs),
  })
  const ours = await aws.createServiceUser(await aws.createAccount(), 'sluice')
  const customer = await aws.createAccount()
  const client = { endpoint: aws.endpointUrl, region: REGION, credentials: customer }
  const [s3, iam] = [new S3Client(client), new IAMClient(client)]
  const bucketName = `bucket-${randomUUID().slice(0, 8)}`
  await s3.send(
    new CreateBucketCommand({
      Bucket: bucketName,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    }),
  )
  const externalId = newExternalId()
  const policyOf = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const RoleName = 'export'
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: policyOf({
        Effect: 'Allow',
        Principal: { AWS: ours.arn },
        Action: 'sts:AssumeRole',
        ...trust({ principalArn: ours.arn, externalId }),
      }),
    }),
  )
  const everything = policyOf({ Effect: 'Allow', Action: ['s3:*', 'kms:*'], Resource: '*' })
  const put = { RoleName, PolicyName: 'everything', PolicyDocument: everything }
  await iam.send(new PutRolePolicyCommand(put))
  const target: BucketTarget = {
    outputId: randomUUID(),
    roleArn: `arn:aws:iam::${customer.accountId}:role/${RoleName}`,
    externalId,
    otherExternalId: undefined,
    bucketName,
    pathPrefix: 'in/',
    region: undefined,
    expectedBucketOwner: undefined,
    kmsKeyArn: undefined,
    bucketOwnerFullControl: false,
    ...more,
  }
  const delivery = openDelivery({
    principalArn: ours.arn,
    aws: {
      endpoint: await startFront(t, aws.endpointUrl, disturb),
      region: 'us-east-1',
      credentials: ours,
    },
    clock: { now },
    elapsedMs: () => performance.now() + time.passedMs,
    timing: { probePauseMs: 1, iamDelayMs },
    sizes,
  })
  t.after(async () => {
    await delivery[Symbol.asyncDispose]()
    s3.destroy()
    iam.destroy()
    await aws.close()
    await rm(directory, { recursive: true, force: true })
  })
  const accesses: RoleAccess[] = []
  const verdicts: RoleVerdicts = {
    record: async () => {},
    passedAt: async () => undefined,
    toleratesIgnoredId: async () => false,
  }
  const createKey = (policy?: string) =>
    aws.createKmsKey({ accountId: customer.accountId, region: REGION, ...(policy && { policy }) })
  const open = (signal = new AbortController().signal, now: Partial<BucketTarget> = {}) =>
    delivery.openBucket(
      { ...target, ...now },
      {
        signal,
        why: 'test',
        currentIds: async () => ({ ...target, ...now }),
        verdicts,
        onAccess: async (access) => void accesses.push(access),
      },
    )
  const makeFile = async (bytes: Buffer, objectKey: string) => {
    const path = join(directory, randomUUID())
    await writeFile(path, bytes)
    return {
      objectKey,
      path,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      crc64nvme: await checksumOf(bytes),
      contentType: 'text/csv',
      metadata: { md5: 'abc' },
    }
  }
  const keys = async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucketName }))
    return Contents.map(({ Key }) => Key)
  }
  const signal = new AbortController().signal
  const made = { aws, time, target, customer, s3 }
  return { ...made, iam, open, accesses, makeFile, createKey, keys, policyOf, signal }
}

const openTrusts: [string, Trust][] = [
  ['without a condition', () => ({})],
  [
    'with a wildcard for the external id',
    () => ({ Condition: { StringLike: { 'sts:ExternalId': '*' } } }),
  ],
  [
    'with a wildcard at the end of the right id',
    ({ externalId }) => ({
      Condition: { StringLike: { 'sts:ExternalId': `${externalId.slice(0, -1)}*` } },
    }),
  ],
  [
    'with a wildcard at its beginning',
    ({ externalId }) => ({
      Condition: { StringLike: { 'sts:ExternalId': `*${externalId.slice(1)}` } },
    }),
  ],
  ['for those that have an id', () => ({ Condition: { Null: { 'sts:ExternalId': 'false' } } })],
  [
    'with IfExists, which no id passes',
    ({ externalId }) => ({ Condition: { StringEqualsIfExists: { 'sts:ExternalId': externalId } } }),
  ],
]
for (const [what, trust] of openTrusts)
  test(`a role ${what} is found out before any call to S3`, async (t) => {
    const { open, accesses, keys } = await setUp(t, trust)
    await assert.rejects(open(), { code: 'ROLE_IGNORES_EXTERNAL_ID' })
    assert.deepEqual(
      accesses.map(({ action, outcome }) => [action, outcome]),
      [['PROVE_ROLE', 'ROLE_IGNORES_EXTERNAL_ID']],
    )
    assert.deepEqual(await keys(), [])
  })

test('a role that demands another id is not assumable, and S3 is not asked', async (t) => {
  const other: Trust = () => ({
    Condition: { StringEquals: { 'sts:ExternalId': newExternalId() } },
  })
  const { open, accesses } = await setUp(t, other)
  await assert.rejects(open(), { code: 'ROLE_NOT_ASSUMABLE' })
  assert.deepEqual(
    accesses.map(({ action }) => action),
    ['PROVE_ROLE'],
  )
})

test('the session does nothing outside the prefix, although role and bucket policy allow it', async (t) => {
  const { open, makeFile, keys, s3, target, policyOf, signal, customer } = await setUp(t)
  const Policy = policyOf({
    Effect: 'Allow',
    Principal: { AWS: customer.accountId },
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${target.bucketName}`, `arn:aws:s3:::${target.bucketName}/*`],
  })
  await s3.send(new PutBucketPolicyCommand({ Bucket: target.bucketName, Policy }))
  await using bucket = await open()
  const outside = await makeFile(Buffer.from('x'), 'elsewhere.csv')
  await assert.rejects(bucket.putFile(outside, { mode: 'create', signal }), {
    code: 'PUT_NOT_ALLOWED',
  })
  assert.deepEqual(await keys(), [])
})

test('a bucket of another account is never written to', async (t) => {
  const { open, makeFile, signal } = await setUp(t, demanding, {
    region: REGION,
    expectedBucketOwner: '999999999999',
  })
  await using bucket = await open()
  const file = await makeFile(Buffer.from('x'), 'in/a.csv')
  const put = bucket.putFile(file, { mode: 'create', signal })
  await assert.rejects(put, { code: 'BUCKET_OWNER_DIFFERS' })
})

test('a file arrives whole, is created once, and replaced only on purpose', async (t) => {
  const { open, accesses, makeFile, s3, target, signal } = await setUp(t)
  await using bucket = await open()
  const file = await makeFile(Buffer.from('a,b\n1,2\n'), 'in/größe & +.csv')
  await bucket.putFile(file, { mode: 'create', signal })
  await assert.rejects(bucket.putFile(file, { mode: 'create', signal }), { code: 'OBJECT_EXISTS' })
  await bucket.putFile(file, { mode: 'replace', signal })
  const got = await s3.send(
    new GetObjectCommand({ Bucket: target.bucketName, Key: file.objectKey }),
  )
  assert.equal(await got.Body?.transformToString(), 'a,b\n1,2\n')
  assert.deepEqual([got.ContentType, got.Metadata], ['text/csv', { md5: 'abc' }])
  assert.deepEqual(
    accesses.map(({ action, outcome }) => [action, outcome]),
    [
      ['PROVE_ROLE', 'OK'],
      ['OPEN_SESSION', 'OK'],
      ['FIND_REGION', 'OK'],
      ['PUT_OBJECT', 'OK'],
      ['PUT_OBJECT', 'OBJECT_EXISTS'],
      ['PUT_OBJECT', 'OK'],
    ],
  )
  assert(accesses.every(({ sessionName }) => sessionName === `sluice-${target.outputId}`))
})

test('a machine whose clock is an hour wrong delivers all the same, by one session', async (t) => {
  const { aws, time, open, makeFile, keys, signal, accesses } = await setUp(t)
  for (const hours of [-1, 1]) {
    time.differenceMs = hours * 3_600_000
    aws.calls.clear()
    accesses.length = 0
    await using bucket = await open()
    for (const name of ['first', 'second']) {
      const objectKey = `in/${name}-${hours}.csv`
      await bucket.putFile(await makeFile(Buffer.from(name), objectKey), { mode: 'create', signal })
    }
    const puts = aws.calls.list({ service: 's3', operation: 'PutObject' })
    assert(puts.length <= 3) // the first of a client at most is refused
    assert.equal(accesses.filter(({ action }) => action === 'OPEN_SESSION').length, 1)
    const recorded = accesses.flatMap(({ stsRequestIds, s3RequestIds }) => [
      ...stsRequestIds,
      ...s3RequestIds,
    ])
    const answered = aws.calls.list().map(({ requestID }) => requestID)
    assert.deepEqual(recorded.toSorted(), answered.toSorted(), 'each answer is in the records')
  }
  time.differenceMs = 0
  assert.equal((await keys()).length, 4)
})

test('a file that is not what its checksum says is not stored', async (t) => {
  const { open, makeFile, keys, signal } = await setUp(t)
  await using bucket = await open()
  const small = { ...(await makeFile(Buffer.from('x'), 'in/a')), sha256: '0'.repeat(64) }
  const large = await makeFile(Buffer.alloc(6 * MIB), 'in/b')
  for (const file of [small, { ...large, crc64nvme: 'AAAAAAAAAAA=' }])
    await assert.rejects(bucket.putFile(file, { mode: 'create', signal }), {
      code: 'AWS_UNAVAILABLE',
    })
  assert.deepEqual(await keys(), [])
})

/** AWS refuses a signature from a quarter of an hour ago; the SDK sets its clock by each answer. */
const MOVED_MS = 14.6 * 60_000

test('a large file goes in parts, by one renewed session when it ends meanwhile; one that is given up leaves none', async (t) => {
  const { open, accesses, makeFile, s3, target, signal, time, aws } = await setUp(
    t,
    demanding,
    {},
    () => 'pass',
    0,
    uploadSizes,
  )
  await using bucket = await open()
  const bytes = randomBytes(70 * MIB)
  const file = await makeFile(bytes, 'in/large')
  const stop = new AbortController()
  const started: string[] = []
  const given = bucket.putFile(file, {
    mode: 'create',
    signal: stop.signal,
    onUploadStarted: async (uploadId) => {
      started.push(uploadId)
      stop.abort(new Error('given up'))
    },
  })
  await assert.rejects(given, /given up/)
  const Bucket = target.bucketName
  const left = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
  assert.deepEqual([started.length, left.Uploads ?? []], [1, []])
  for (let move = 0; move < 3; move += 1) {
    const small = await makeFile(Buffer.from('small'), `in/small-${move}`)
    await bucket.putFile(small, { mode: 'create', signal })
    time.passedMs += MOVED_MS
  }
  aws.calls.clear()
  await bucket.putFile(file, {
    mode: 'create',
    signal,
    onUploadStarted: async () => {
      time.passedMs += MOVED_MS // the session ends within two minutes
    },
  })
  const keysOf = (operation: string) => {
    const calls = aws.calls.list({ service: 's3', operation })
    return new Set(calls.map(({ userIdentity }) => Object(userIdentity).accessKeyId))
  }
  const parts = keysOf('UploadPart')
  assert.equal(parts.size, 1)
  assert.notDeepEqual(parts, keysOf('CreateMultipartUpload'))
  assert.deepEqual(parts, keysOf('CompleteMultipartUpload'))
  const opened = accesses.filter(({ action }) => action === 'OPEN_SESSION')
  assert.equal(opened.length, 2, 'one renewal serves all parts')
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'in/large' }))
  const got = Buffer.from((await Body?.transformToByteArray()) ?? [])
  assert(got.equals(bytes))
  // Begun and given up; then begun, five parts, and completed.
  const large = accesses.filter(({ objectKey }) => objectKey === 'in/large')
  assert.deepEqual(
    large.map(({ outcome, s3RequestIds }) => [outcome, new Set(s3RequestIds).size]),
    [
      ['ABORTED', 2],
      ['OK', 7],
    ],
  )
})

const errorXml = (code: string) => `<Error><Code>${code}</Code><Message>Not now.</Message></Error>`

test('a put whose answer is lost is no success; the next one replaces it with the same bytes', async (t) => {
  let losing = true
  const { open, makeFile, keys, signal } = await setUp(t, demanding, {}, ({ method }) =>
    method === 'PUT' && losing ? 'lose answer' : 'pass',
  )
  await using bucket = await open()
  const file = await makeFile(Buffer.from('a,b\n'), 'in/a.csv')
  const put = bucket.putFile(file, { mode: 'create', signal })
  await assert.rejects(put, { code: 'AWS_UNAVAILABLE' })
  assert.deepEqual(await keys(), ['in/a.csv'])
  losing = false
  await assert.rejects(bucket.putFile(file, { mode: 'create', signal }), { code: 'OBJECT_EXISTS' })
  await bucket.putFile(file, { mode: 'replace', signal })
})

test('a file that our disk does not give back is our fault, and it passes', async (t) => {
  const { open, makeFile, keys, signal } = await setUp(t)
  await using bucket = await open()
  for (const bytes of [4, 6 * MIB]) {
    const file = await makeFile(randomBytes(bytes), `in/${bytes}`)
    await rm(file.path)
    const put = bucket.putFile(file, { mode: 'create', signal })
    await assert.rejects(put, (e) => e instanceof TransientError && e.code === 'SPOOL_FAILED')
  }
  assert.deepEqual(await keys(), [])
})

test('an abort that S3 does not answer in time fails for a passing reason', async (t) => {
  const { aws, target, customer } = await setUp(t)
  aws.faults.add({ service: 's3', kind: 'slow', delayMs: 2_000 })
  const client = new S3Client({ endpoint: aws.endpointUrl, region: REGION, credentials: customer })
  t.after(() => client.destroy())
  const sender = startSender()
  t.after(() => sender[Symbol.asyncDispose]())
  const s3 = { client, sender, sizes: smallSizes, target, requestIds: [] }
  const abort = abortUpload(s3, { objectKey: 'in/large', uploadId: 'an-upload' }, 50)
  await assert.rejects(abort, (e) => e instanceof TransientError && e.code === 'AWS_UNAVAILABLE')
})

test('a 200 with an error inside completes nothing', async (t) => {
  const { open, makeFile, keys, signal } = await setUp(t, demanding, {}, ({ method, url }) =>
    method === 'POST' && url.searchParams.has('uploadId')
      ? [200, errorXml('InternalError')]
      : 'pass',
  )
  await using bucket = await open()
  const file = await makeFile(randomBytes(6 * MIB), 'in/large')
  const put = bucket.putFile(file, { mode: 'create', signal })
  await assert.rejects(put, { code: 'AWS_UNAVAILABLE' })
  assert.deepEqual(await keys(), [])
})

test('whether a request that failed may have stored the object is told by what S3 has said', async (t) => {
  let fate: ReturnType<Disturb> = 'pass'
  const { open, makeFile, signal } = await setUp(t, demanding, {}, ({ method, url }) => {
    const { searchParams: asked } = url
    const stores = asked.has('uploadId') ? method === 'POST' : method === 'PUT'
    const isUpload = asked.has('partNumber') || asked.has('uploads')
    return stores && !isUpload ? fate : 'pass'
  })
  await using bucket = await open()
  const small = await makeFile(Buffer.from('a,b\n'), 'in/small')
  const large = await makeFile(randomBytes(6 * MIB), 'in/large')
  const told = async (file: typeof small, stop = signal) => {
    const words: string[] = []
    const put = bucket.putFile(file, {
      mode: 'create',
      signal: stop,
      onStoring: async () => void words.push('storing'),
      onNothingStored: () => void words.push('nothing'),
    })
    await assert.rejects(put)
    return words
  }
  const [clear, unclear] = [['storing', 'nothing'], ['storing']]
  for (const [given, words] of [
    [[503, errorXml('SlowDown')], clear],
    [[403, errorXml('AccessDenied')], clear],
    [[400, errorXml('ExpiredToken')], clear],
    [[412, errorXml('PreconditionFailed')], clear],
    [[500, errorXml('InternalError')], unclear],
    ['lose answer', unclear],
  ] as const) {
    fate = given as typeof fate
    assert.deepEqual(await told(small), words, String(given))
  }
  fate = [200, errorXml('InternalError')]
  assert.deepEqual(await told(large), unclear)
  fate = [412, errorXml('PreconditionFailed')]
  assert.deepEqual(await told(large), clear)
  assert.deepEqual(await told(large, AbortSignal.abort()), [])
})

test('a file that goes in parts cannot be there before its completion is asked for', async (t) => {
  const { open, makeFile, signal } = await setUp(t, demanding, {}, ({ url }) =>
    url.searchParams.has('partNumber') ? [403, errorXml('AccessDenied')] : 'pass',
  )
  await using bucket = await open()
  const file = await makeFile(randomBytes(6 * MIB), 'in/large')
  const onStoring = () => assert.fail('nothing can be stored')
  await assert.rejects(bucket.putFile(file, { mode: 'create', signal, onStoring }), {
    code: 'BUCKET_OWNER_DIFFERS',
  })
})

test('a part that is refused as busy is sent again, and the others once', async (t) => {
  const sent = new Map<string, number>()
  const { open, makeFile, keys, signal } = await setUp(t, demanding, {}, ({ method, url }) => {
    const part = url.searchParams.get('partNumber')
    if (method !== 'PUT' || part === null) return 'pass'
    sent.set(part, (sent.get(part) ?? 0) + 1)
    return part === '2' && sent.get(part) === 1 ? [503, errorXml('SlowDown')] : 'pass'
  })
  await using bucket = await open()
  const file = await makeFile(randomBytes(6 * MIB), 'in/large')
  await bucket.putFile(file, { mode: 'create', signal })
  assert.deepEqual([...sent].sort(), [
    ['1', 1],
    ['2', 2],
  ])
  assert.deepEqual(await keys(), ['in/large'])
})

test('a key that KMS refuses is told as the key’s', async (t) => {
  const { open, makeFile, createKey, keys, signal, policyOf, customer } = await setUp(t)
  const other = policyOf({
    Effect: 'Allow',
    Principal: { AWS: customer.accountId },
    Action: 'kms:DescribeKey',
    Resource: '*',
  })
  await using bucket = await open(signal, { kmsKeyArn: createKey(other) })
  const file = await makeFile(Buffer.from('x'), 'in/a.csv')
  await assert.rejects(bucket.putFile(file, { mode: 'create', signal }), { code: 'KEY_REFUSED' })
  assert.deepEqual(await keys(), [])
})

test('a put that a role refuses whose policy was mended just now is asked again, for as long as IAM may take', async (t) => {
  const { aws, iam, open, accesses, makeFile, policyOf, signal } = await setUp(
    t,
    demanding,
    {},
    () => 'pass',
    2_000,
  )
  const setPolicy = (Effect: string) => {
    const PolicyDocument = policyOf({ Effect, Action: 's3:*', Resource: '*' })
    const named = { RoleName: 'export', PolicyName: 'everything', PolicyDocument }
    return iam.send(new PutRolePolicyCommand(named))
  }
  const outcomes = () =>
    accesses.flatMap(({ action, outcome }) => (action === 'PUT_OBJECT' ? [outcome] : []))
  const file = await makeFile(Buffer.from('a'), 'in/a')
  await using bucket = await open()
  await setPolicy('Deny')
  aws.faults.add({ service: 'iam', kind: 'change-delay', delayMs: 400 })
  await setPolicy('Allow')
  const told: string[] = []
  const onRefused = async ({ code }: { code: string }) => void told.push(code)
  await bucket.putFile(file, { mode: 'create', signal, onRefused })
  assert.deepEqual(told, ['PUT_NOT_ALLOWED'], 'told once, however often it is asked')
  assert.deepEqual(
    [new Set(outcomes()), outcomes().at(-1)],
    [new Set(['PUT_NOT_ALLOWED', 'OK']), 'OK'],
  )
  aws.faults.clear()
  await setPolicy('Deny')
  await assert.rejects(bucket.putFile(file, { mode: 'replace', signal }), {
    code: 'PUT_NOT_ALLOWED',
  })
  assert(outcomes().length < 10)
})

test('sessions that are revoked give way to one new session, and a role that is gone is told as that', async (t) => {
  const { aws, iam, open, accesses, makeFile, policyOf, signal, time } = await setUp(t)
  const put = async (objectKey: string, bytes = 1) =>
    bucket.putFile(await makeFile(randomBytes(bytes), objectKey), { mode: 'create', signal })
  const opened = () => accesses.filter(({ action }) => action === 'OPEN_SESSION').length
  const named = { RoleName: 'export', PolicyName: 'everything' }
  const minutePassed = () => new Date(Date.now() + time.passedMs + 60_000).toISOString()
  const revoke = { PolicyName: 'AWSRevokeOlderSessions', RoleName: 'export' }
  await using bucket = await open()
  await put('in/a')
  const Condition = { DateLessThan: { 'aws:TokenIssueTime': minutePassed() } }
  const PolicyDocument = policyOf({ Effect: 'Deny', Action: '*', Resource: '*', Condition })
  await iam.send(new PutRolePolicyCommand({ ...revoke, PolicyDocument }))
  time.passedMs += 5 * 60_000
  aws.calls.clear()
  accesses.length = 0
  await put('in/b', 6 * MIB)
  assert.equal(opened(), 1)
  const answered = aws.calls.list().flatMap(({ requestID, requestParameters }) => {
    return Object(requestParameters).policyName === undefined ? [requestID] : []
  })
  const recorded = accesses.flatMap((access) => [...access.stsRequestIds, ...access.s3RequestIds])
  assert.deepEqual(recorded.toSorted(), answered.toSorted(), 'each answer is in the records')

  await iam.send(new DeleteRolePolicyCommand(named))
  await assert.rejects(put('in/c'), { code: 'PUT_NOT_ALLOWED' })
  assert.equal(opened(), 1, 'a young session is not replaced')
  time.passedMs += 5 * 60_000
  await assert.rejects(put('in/c'), { code: 'PUT_NOT_ALLOWED' })
  await assert.rejects(put('in/c'), { code: 'PUT_NOT_ALLOWED' })
  assert.equal(opened(), 2, 'a role that is denied is proven once more')

  await iam.send(new DeleteRolePolicyCommand(revoke))
  await iam.send(new DeleteRoleCommand({ RoleName: 'export' }))
  time.passedMs += 3 * 60_000
  await assert.rejects(put('in/d'), { code: 'ROLE_NOT_ASSUMABLE' })
})

test('a file is encrypted with the output’s key, in one piece and in parts', async (t) => {
  const { open, makeFile, createKey, s3, target, signal } = await setUp(t)
  const kmsKeyArn = createKey()
  await using bucket = await open(signal, { kmsKeyArn })
  for (const [objectKey, bytes] of [
    ['in/small', 10],
    ['in/large', 6 * MIB],
  ] as const) {
    await bucket.putFile(await makeFile(randomBytes(bytes), objectKey), { mode: 'create', signal })
    const head = await s3.send(new HeadObjectCommand({ Bucket: target.bucketName, Key: objectKey }))
    assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ['aws:kms', kmsKeyArn])
  }
})

test('parts are equal, at least 16 MiB, and never more than 10,000', () => {
  assert.deepEqual(
    planParts(40 * MIB).map(({ bytes }) => bytes),
    [16 * MIB, 16 * MIB, 8 * MIB],
  )
  const parts = planParts(4 * 1024 ** 4)
  assert(parts.length <= 10_000)
  assert.equal(
    parts.reduce((sum, { bytes }) => sum + bytes, 0),
    4 * 1024 ** 4,
  )
})

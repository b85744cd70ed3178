import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  ListAccessKeysCommand,
  ListGroupsCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'
import { assertRefused, type Keys, openClients, startAws } from './testing.ts'

const MINUTE_MS = 60_000

test('a signature by another secret is refused', async (t) => {
  const { whoIs, account } = await startAccount(t)
  const answer = whoIs({ ...account, secretAccessKey: 'x'.repeat(40) })
  await assertRefused(answer, 'SignatureDoesNotMatch', 'we calculated does not match')
})

test('an access key that nobody has is refused', async (t) => {
  const { whoIs, account } = await startAccount(t)
  const answer = whoIs({ ...account, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' })
  await assertRefused(answer, 'InvalidClientTokenId', 'security token included in the request')
})

test('a key that was made inactive or deleted is refused', async (t) => {
  const { aws, account } = await startAccount(t)
  const { iam } = openClients(t, aws, account)
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({}))
  const AccessKeyId = key?.AccessKeyId ?? ''
  const second = { accessKeyId: AccessKeyId, secretAccessKey: key?.SecretAccessKey ?? '' }
  const { sts } = openClients(t, aws, second)
  await sts.send(new GetCallerIdentityCommand({}))
  await iam.send(new UpdateAccessKeyCommand({ AccessKeyId, Status: 'Inactive' }))
  await assertRefused(sts.send(new GetCallerIdentityCommand({})), 'InvalidClientTokenId')
  await iam.send(new UpdateAccessKeyCommand({ AccessKeyId, Status: 'Active' }))
  await sts.send(new GetCallerIdentityCommand({}))
  await iam.send(new DeleteAccessKeyCommand({ AccessKeyId }))
  await assertRefused(sts.send(new GetCallerIdentityCommand({})), 'InvalidClientTokenId')
  const { AccessKeyMetadata: left } = await iam.send(new ListAccessKeysCommand({}))
  assert.deepEqual(
    left?.map((it) => it.AccessKeyId),
    [account.accessKeyId],
  )
})

test('a clock that is off by more than 15 minutes is refused', async (t) => {
  const { whoIs, account } = await startAccount(t)
  for (const [minutes, text] of [
    [-16, 'Signature expired'],
    [16, 'Signature not yet current'],
  ] as const) {
    const answer = whoIs({ ...account, clockOffsetMs: minutes * MINUTE_MS })
    await assertRefused(answer, 'SignatureDoesNotMatch', text)
  }
  await whoIs({ ...account, clockOffsetMs: -14 * MINUTE_MS })
  await whoIs({ ...account, clockOffsetMs: 14 * MINUTE_MS })
})

test('a body that is not the signed one is refused', async (t) => {
  const { aws, account } = await startAccount(t)
  const sent = await signCall(openClients(t, aws, account).sts)
  const signed = await post(aws.endpointUrl, sent)
  assert.equal(signed.status, 200)
  const changed = await post(aws.endpointUrl, { ...sent, body: `${sent.body}&Extra=1` })
  assert.equal(changed.status, 403)
  assert.match(changed.text, /<Code>SignatureDoesNotMatch<\/Code>/)
})

test('a call without a signature is refused', async (t) => {
  const { aws } = await startAccount(t)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await post(aws.endpointUrl, { headers, body: 'Action=GetCallerIdentity' })
  assert.equal(answer.status, 403)
  assert.match(answer.text, /<Code>MissingAuthenticationToken<\/Code>/)
})

test('signatures that are no SigV4 are refused', async (t) => {
  const { aws } = await startAccount(t)
  const credential = 'Credential=AKIAAAAAAAAAAAAAAAAA/20261124/eu-central-1/sts/aws4_request'
  for (const authorization of [
    'AWS AKIAAAAAAAAAAAAAAAAA:c2lnbmF0dXJl',
    `AWS4-ECDSA-P256-SHA256 ${credential}, SignedHeaders=host, Signature=00`,
    `AWS4-HMAC-SHA256 ${credential}`,
    `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=x-amz-date, Signature=${'0'.repeat(64)}`,
    `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=zz`,
  ]) {
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await post(aws.endpointUrl, { headers, body: 'Action=GetCallerIdentity' })
    assert.equal(answer.status, 400, authorization)
    assert.match(answer.text, /<Code>IncompleteSignature<\/Code>/)
  }
})

test('an operation that is not done is named', async (t) => {
  const { aws, account } = await startAccount(t)
  const { iam } = openClients(t, aws, account)
  await assertRefused(iam.send(new ListGroupsCommand({})), 'NotImplemented', 'ListGroups')
})

test('a signed call is answered with who signed it', async (t) => {
  const { whoIs, account } = await startAccount(t)
  const identity = await whoIs(account)
  assert.equal(identity.Arn, 'arn:aws:iam::111122223333:user/administrator')
  assert.equal(identity.Account, '111122223333')
  assert.match(identity.UserId ?? '', /^AIDA[A-Z2-7]{17}$/)
  assert.match(identity.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/)
})

async function startAccount(t: TestContext) {
  const aws = await startAws(t)
  const account = await aws.createAccount({ accountId: '111122223333' })
  const whoIs = (keys: Keys) => {
    return openClients(t, aws, keys).sts.send(new GetCallerIdentityCommand({}))
  }
  return { aws, account, whoIs }
}

interface SentRequest {
  headers: Record<string, string>
  body: string
}

/** GetCallerIdentity as the SDK signs it. */
async function signCall(sts: STSClient): Promise<SentRequest> {
  const sent: SentRequest[] = []
  sts.middlewareStack.add(
    (next) => (args) => {
      sent.push(readRequest(args.request))
      return next(args)
    },
    { step: 'deserialize', priority: 'low' },
  )
  await sts.send(new GetCallerIdentityCommand({}))
  const [request] = sent
  assert.ok(request)
  return request
}

function readRequest(request: unknown): SentRequest {
  assert.ok(typeof request === 'object' && request && 'headers' in request && 'body' in request)
  const {
    host: _host,
    'content-length': _length,
    ...headers
  } = { ...(request.headers ?? {}) } as SentRequest['headers']
  return { headers, body: String(request.body) }
}

async function post(url: string, { headers, body }: SentRequest) {
  const response = await fetch(url, { method: 'POST', headers, body })
  return { status: response.status, text: await response.text() }
}

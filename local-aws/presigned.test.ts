import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { clientOptions, startAws } from './testing.ts'

const MINUTE_MS = 60_000
const object = { Bucket: 'my-bucket', Key: 'a folder/día.txt' }

async function startObject(t: TestContext) {
  let now = Date.now()
  const aws = await startAws(t, { clock: () => new Date(now) })
  const s3 = new S3Client(clientOptions(aws, await aws.createAccount()))
  t.after(() => s3.destroy())
  await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }))
  await s3.send(new PutObjectCommand({ ...object, Body: 'content' }))
  const moveClock = (ms: number) => {
    now += ms
  }
  return { aws, s3, moveClock }
}

async function ask(url: string) {
  const answer = await fetch(url)
  return { status: answer.status, text: await answer.text() }
}

test('a presigned URL reads its object until it expires, and no other', async (t) => {
  const { s3, moveClock } = await startObject(t)
  const url = await getSignedUrl(s3, new GetObjectCommand(object), { expiresIn: 60 })
  const other = await ask(url.replace('folder', 'folder2'))
  assert.deepEqual([other.status, codeOf(other.text)], [403, 'SignatureDoesNotMatch'])
  assert.deepEqual(await ask(url), { status: 200, text: 'content' })
  moveClock(2 * MINUTE_MS)
  const late = await ask(url)
  assert.deepEqual([late.status, codeOf(late.text)], [403, 'AccessDenied'])
  assert.match(late.text, /Request has expired/)
})

test('a URL presigned by SigV2 is refused, and the answer says what is asked for', async (t) => {
  const { aws } = await startObject(t)
  const query = 'AWSAccessKeyId=AKIAAAAAAAAAAAAAAAAA&Signature=c2ln&Expires=4000000000'
  const answer = await ask(`${aws.endpointUrl}/my-bucket/key?${query}`)
  assert.deepEqual([answer.status, codeOf(answer.text)], [400, 'InvalidRequest'])
  assert.match(answer.text, /Please use AWS4-HMAC-SHA256/)
})

const codeOf = (text: string) => /<Code>(\w+)<\/Code>/.exec(text)?.[1]

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { clientOptions, startAws } from './testing.ts'

test('a signed call is answered with who signed it', async (t) => {
  const aws = await startAws(t)
  const account = await aws.createAccount({ accountId: '111122223333' })
  const identity = await whoIs(t, aws, account)
  assert.equal(identity.Arn, 'arn:aws:iam::111122223333:user/administrator')
  assert.equal(identity.Account, '111122223333')
})

async function whoIs(
  t: TestContext,
  aws: Parameters<typeof clientOptions>[0],
  credentials: Parameters<typeof clientOptions>[1],
) {
  const sts = new STSClient(clientOptions(aws, credentials))
  t.after(() => sts.destroy())
  return sts.send(new GetCallerIdentityCommand({}))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ListUsersCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { startLocalAws } from './local-aws.ts'
import { assertRefused, makeDirectory, openClients, startAws } from './testing.ts'

test('a service user may do nothing but assume roles', async (t) => {
  const aws = await startAws(t)
  const account = await aws.createAccount()
  const user = await aws.createServiceUser(account, 'sluice')
  const { iam, sts } = openClients(t, aws, user)
  await assertRefused(iam.send(new ListUsersCommand({})), 'AccessDenied')
  const identity = await sts.send(new GetCallerIdentityCommand({}))
  assert.equal(identity.Arn, user.arn)
})

test('no service user is made in an account that does not exist', async (t) => {
  const aws = await startAws(t)
  const account = { accountId: '999999999999', accessKeyId: '', secretAccessKey: '' }
  await assert.rejects(aws.createServiceUser(account, 'sluice'), /999999999999 cannot be found/)
  await assert.rejects(aws.createAccount({ accountId: '12' }), TypeError)
})

test('what exists is answered as it is', async (t) => {
  const aws = await startAws(t)
  const account = await aws.createAccount({ accountId: '111122223333' })
  assert.deepEqual(await aws.createAccount({ accountId: '111122223333' }), account)
  const user = await aws.createServiceUser(account, 'sluice')
  assert.deepEqual(await aws.createServiceUser(account, 'sluice'), user)
})

test('a port that is taken is an error that leaves the directory free', async (t) => {
  const dataDirectory = await makeDirectory(t)
  const port = Number(new URL((await startAws(t)).endpointUrl).port)
  await assert.rejects(startLocalAws({ dataDirectory, port }), /EADDRINUSE/)
  await startAws(t, { dataDirectory })
})

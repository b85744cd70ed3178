import assert from 'node:assert/strict'
import { request as sendRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { LocalAws } from '../local-aws.ts'
import { assertRefused, openClients, startAws } from '../testing.ts'

interface Sent {
  method?: string
  body?: unknown
  headers?: Record<string, string>
}

/** By hand: fetch lets nobody say another host or origin. */
function control(aws: LocalAws, path: string, { method = 'GET', body, headers = {} }: Sent = {}) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const url = new URL(`/_local-aws/${path}`, aws.endpointUrl)
    const json = { 'content-type': 'application/json', ...headers }
    const request = sendRequest(url, { method, headers: json, agent: false }, async (response) => {
      resolve({ status: response.statusCode, body: await text(response) })
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function start(t: TestContext) {
  const aws = await startAws(t)
  const { sts } = openClients(t, aws, await aws.createAccount())
  return { aws, identify: () => sts.send(new GetCallerIdentityCommand({})) }
}

const throttle = { service: 'sts', operation: 'GetCallerIdentity', kind: 'throttle', times: 1 }

test('neither a page of a browser nor another host is heard', async (t) => {
  const { aws } = await start(t)
  for (const [headers, status] of [
    [{ origin: 'http://example.com' }, 403],
    [{ 'content-type': 'text/plain' }, 400],
  ] as const) {
    const answer = await control(aws, 'faults', { method: 'POST', body: throttle, headers })
    assert.equal(answer.status, status, answer.body)
  }
  const elsewhere = { host: 'rebound.example.com' }
  const answer = await control(aws, 'calls', { headers: elsewhere })
  assert.match(answer.body, /<Code>InvalidBucketName<\/Code>/)
  assert.deepEqual(aws.faults.list(), [])
})

test('what is no fault is refused with all its mistakes', async (t) => {
  const { aws } = await start(t)
  const body = { service: 'ec2', kind: 'gremlin' }
  const answer = await control(aws, 'faults', { method: 'POST', body })
  assert.equal(answer.status, 400)
  assert.match(answer.body, /service must be iam, sts or s3; kind must be one of/)
  assert.equal((await control(aws, 'faults/fault-9', { method: 'DELETE' })).status, 404)
  assert.equal((await control(aws, 'weather')).status, 404)
})

test('there are at most a hundred faults', async (t) => {
  const { aws } = await start(t)
  for (let n = 0; n < 100; n++) aws.faults.add({ service: 's3', kind: 'throttle' })
  const answer = await control(aws, 'faults', { method: 'POST', body: throttle })
  assert.equal(answer.status, 409)
})

test('a fault is added, strikes, is read with its counts, and is removed', async (t) => {
  const { aws, identify } = await start(t)
  const added = await control(aws, 'faults', { method: 'POST', body: throttle })
  assert.equal(added.status, 201)
  const { id } = JSON.parse(added.body)
  await assertRefused(identify(), 'Throttling')
  await identify()
  const { faults } = JSON.parse((await control(aws, 'faults')).body)
  assert.deepEqual(faults, [{ ...throttle, id, matched: 2, struck: 1 }])
  assert.equal((await control(aws, `faults/${id}`, { method: 'DELETE' })).status, 204)
  assert.deepEqual(aws.faults.list(), [])
  aws.faults.add({ service: 'sts', kind: 'throttle' })
  assert.equal((await control(aws, 'faults', { method: 'DELETE' })).status, 204)
  await identify()
})

test('the calls are read and forgotten', async (t) => {
  const { aws, identify } = await start(t)
  await identify()
  const { calls, forgotten } = JSON.parse((await control(aws, 'calls')).body)
  assert.equal(calls.at(-1).eventName, 'GetCallerIdentity')
  assert.equal(forgotten, 0)
  assert.equal((await control(aws, 'calls', { method: 'DELETE' })).status, 204)
  assert.deepEqual(aws.calls.list(), [])
})

test('organizations, regions and keys are set, and mistakes are told', async (t) => {
  const { aws, identify } = await start(t)
  const { accountId } = await aws.createAccount()
  const put = (path: string, body: unknown) => control(aws, path, { method: 'PUT', body })
  const policies = `accounts/${accountId}/organization-policies`
  for (const [path, body, message] of [
    [policies, { serviceControl: 'FullAWSAccess' }, /Policies come as a list/],
    [policies, { scp: [] }, /scp is not known here/],
    [policies, { serviceControl: [{}] }, /serviceControl is none/],
    [`accounts/${accountId}/deactivated-sts-regions`, { regions: ['moon'] }, /deactivated in moon/],
    ['kms-keys', { arn: 'none', state: 'Disabled' }, /There is no key none/],
    ['kms-keys', { arn: 'none', state: 'Lost' }, /must be one of Enabled, Disabled/],
  ] as const) {
    const answer = await put(path, body)
    assert.equal(answer.status, 400, answer.body)
    assert.match(answer.body, message)
  }
  const Statement = [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }]
  const deny = { Version: '2012-10-17', Statement }
  const set = await put(policies, { serviceControl: ['FullAWSAccess', deny] })
  assert.equal(set.status, 204, set.body)
  const regions = { regions: ['eu-west-1'] }
  const deactivated = await put(`accounts/${accountId}/deactivated-sts-regions`, regions)
  assert.equal(deactivated.status, 204)
  const key = { accountId, region: 'eu-west-1' }
  const made = await control(aws, 'kms-keys', { method: 'POST', body: key })
  const { arn } = JSON.parse(made.body)
  assert.equal((await put('kms-keys', { arn, state: 'Disabled' })).status, 204)
  await identify()
})

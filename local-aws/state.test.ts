import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import {
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { type LocalAws, startLocalAws } from './local-aws.ts'
import {
  assertRefused,
  clientOptions,
  type Keys,
  makeDirectory,
  openClients,
  policyText,
  startAws,
} from './testing.ts'

const accountId = '111122223333'

test('a directory is used by one local AWS at a time', async (t) => {
  const dataDirectory = await makeDirectory(t)
  const aws = await startAws(t, { dataDirectory })
  await assert.rejects(startLocalAws({ dataDirectory }), /is in use by another local AWS/)
  await aws.close()
  await startAws(t, { dataDirectory })
})

test('a damaged state is an error, never an empty one', async (t) => {
  const dataDirectory = await makeDirectory(t)
  await writeFile(join(dataDirectory, 'identities.json'), '{"accounts":')
  await assert.rejects(startLocalAws({ dataDirectory }), SyntaxError)
})

test('every acknowledged change survives kill -9', async (t) => {
  const dataDirectory = await makeDirectory(t)
  const child = await spawnAws(t, dataDirectory)
  const iam = new IAMClient(clientOptions(child.aws, child.account))
  t.after(() => iam.destroy())
  const acknowledged: string[] = []
  const writing = createUsersUntilRefused(iam, acknowledged)
  while (acknowledged.length < 20) await new Promise(setImmediate)
  child.process.kill('SIGKILL')
  await writing
  const aws = await startAws(t, { dataDirectory })
  const again = openClients(t, aws, child.account)
  const { Users: users } = await again.iam.send(new ListUsersCommand({ MaxItems: 1000 }))
  const names = new Set(users?.map((user) => user.UserName))
  assert.deepEqual(
    acknowledged.filter((name) => !names.has(name)),
    [],
  )
})

test('keys, roles and open sessions work after a restart; the state is for its owner', async (t) => {
  const dataDirectory = await makeDirectory(t)
  const first = await startAws(t, { dataDirectory })
  const account = await first.createAccount({ accountId })
  const before = openClients(t, first, account)
  const RoleArn = `arn:aws:iam::${accountId}:role/exports`
  const statement = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = policyText(statement)
  await before.iam.send(new CreateRoleCommand({ RoleName: 'exports', AssumeRolePolicyDocument }))
  const input = { RoleArn, RoleSessionName: 'a-session' }
  const { Credentials: session } = await before.sts.send(new AssumeRoleCommand(input))
  await first.close()
  const second = await startAws(t, { dataDirectory })
  assert.deepEqual(await second.createAccount({ accountId }), account)
  const keys = {
    accessKeyId: session?.AccessKeyId ?? '',
    secretAccessKey: session?.SecretAccessKey ?? '',
    sessionToken: session?.SessionToken ?? '',
  }
  const after = openClients(t, second, keys)
  const identity = await after.sts.send(new GetCallerIdentityCommand({}))
  assert.equal(identity.Arn, `arn:aws:sts::${accountId}:assumed-role/exports/a-session`)
  const { mode } = await stat(join(dataDirectory, 'identities.json'))
  assert.equal(mode & 0o077, 0)
})

test('a token of another local AWS is worth nothing', async (t) => {
  const [first, second] = [await startAws(t), await startAws(t)]
  const account = await first.createAccount({ accountId })
  const stranger = openClients(t, second, account)
  const answer = stranger.sts.send(new GetCallerIdentityCommand({}))
  await assertRefused(answer, 'InvalidClientTokenId')
})

async function createUsersUntilRefused(iam: IAMClient, acknowledged: string[]): Promise<void> {
  for (let index = 0; index < 10_000; index++) {
    const UserName = `user-${index}`
    try {
      await iam.send(new CreateUserCommand({ UserName }))
    } catch {
      return
    }
    acknowledged.push(UserName)
  }
}

/** A local AWS in a process of its own. */
async function spawnAws(t: TestContext, dataDirectory: string) {
  const script = `
    import { startLocalAws } from ${JSON.stringify(import.meta.resolve('./local-aws.ts'))}
    const aws = await startLocalAws({ dataDirectory: ${JSON.stringify(dataDirectory)} })
    const account = await aws.createAccount({ accountId: '${accountId}' })
    console.log(JSON.stringify({ aws, account }))`
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script]
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit']
  const process = spawn(globalThis.process.execPath, args, { stdio })
  const exited = once(process, 'exit')
  t.after(async () => {
    process.kill('SIGKILL')
    await exited
  })
  const [line] = await once(createInterface(process.stdout), 'line')
  const printed: { aws: LocalAws; account: Keys } = JSON.parse(line)
  return { process, ...printed }
}

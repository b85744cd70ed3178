import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { evaluate, parsePolicy } from '@sluice/iam'
import { isSamePrincipal } from './principal.ts'

const account = '123456789012'
const role = `arn:aws:iam::${account}:role/services/Sluice`

for (const [principal, identity, isSame] of [
  [role, `arn:aws:sts::${account}:assumed-role/Other/i-1`, false],
  [role, 'arn:aws:sts::999999999999:assumed-role/Sluice/i-1', false],
  [role, `arn:aws-cn:sts::${account}:assumed-role/Sluice/i-1`, false],
  [role, `arn:aws:iam::${account}:user/Sluice`, false],
  [role, `arn:aws:iam::${account}:root`, false],
  [role, 'nobody', false],
  [`arn:aws:iam::${account}:user/a/Sluice`, `arn:aws:iam::${account}:user/b/Sluice`, false],
  [`arn:aws:iam::${account}:user/Sluice`, `arn:aws:sts::${account}:assumed-role/Sluice/i`, false],
  [`arn:aws:iam::${account}:user/a/Sluice`, `arn:aws:iam::${account}:user/a/Sluice`, true],
  [role, `arn:aws:sts::${account}:assumed-role/Sluice/i-1`, true],
] as const)
  test(`${identity} is ${isSame ? '' : 'not '}${principal}`, () => {
    assert.equal(isSamePrincipal(principal, identity), isSame)
  })

test('the policy of docs/aws-identity.md lets Sluice assume customers’ roles, and nothing else', async () => {
  const guide = await readFile(join(import.meta.dirname, '../../docs/aws-identity.md'), 'utf8')
  const [, policy = ''] = /```json\n([\s\S]*?)```/.exec(guide) ?? []
  const own = '111122223333'
  const may = (action: string, resource: string, resourceAccountId: string) =>
    evaluate(
      {
        principal: { accountId: own, arn: `arn:aws:iam::${own}:user/sluice` },
        action,
        resource,
        resourceAccountId,
        context: {},
      },
      { identity: [parsePolicy(policy, 'identity')] },
    ).allowed
  assert.equal(may('sts:AssumeRole', `arn:aws:iam::${own}:role/other`, own), false)
  assert.equal(may('s3:PutObject', 'arn:aws:s3:::bucket/x', own), false)
  assert.equal(may('iam:CreateRole', `arn:aws:iam::${own}:role/other`, own), false)
  // Of one account for once: the trust policy of another one is not what is asked about.
  assert.equal(may('sts:AssumeRole', 'arn:aws:iam::222222222222:role/export', own), true)
})

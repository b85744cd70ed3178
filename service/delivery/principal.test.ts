import assert from 'node:assert/strict'
import { test } from 'node:test'
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

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wayBackFrom } from './way-back.ts'

test('from what is not there one comes to the list, or to the overview', () => {
  const cases = [
    ['/organizations/o/outputs/x', '/organizations/o/outputs'],
    ['/organizations/o/outputs/x/set-up/role', '/organizations/o/outputs'],
    ['/organizations/o/licenses/virtual/x', '/organizations/o/licenses'],
    ['/organizations/o/settings/webhooks/x', '/organizations/o/settings'],
    ['/organizations/o/outputs', '/'],
    ['/organizations/o/elsewhere/x', '/'],
    ['/organizations/o', '/'],
    ['/operator', '/'],
  ]
  for (const [from, to] of cases) assert.equal(wayBackFrom(from ?? '').href, to)
})

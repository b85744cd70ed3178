import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listTroubles } from './troubles.ts'

type Found = Parameters<typeof listTroubles>[0]

const output = { id: 'o', bucketName: 'raw-data' }
const unverified = { output, verification: null }
const verifiedAs = (verification: object) => ({ output: { ...output, name: 'Raw' }, verification })
const failed = verifiedAs({ verdict: 'FAILED' })
const turned = verifiedAs({ verdict: 'PASSED', role: { verdict: 'FAILED' } })

/** Of each thing only what is looked at. */
const troublesOf = (found: { outputs?: object[]; schedules?: object[]; tasks?: object[] }) =>
  listTroubles({ outputs: [], schedules: [], tasks: [], ...found } as Found)

test('what is well, or not yet known, is no trouble', () => {
  const passed = verifiedAs({ verdict: 'PASSED', role: { verdict: 'PASSED' } })
  const unclear = verifiedAs({ verdict: 'INCONCLUSIVE' })
  assert.deepEqual(troublesOf({}), [])
  assert.deepEqual(troublesOf({ outputs: [unverified, passed, unclear] }), [])
  assert.deepEqual(troublesOf({ schedules: [{ name: 'hourly' }] }), [])
  const states = ['QUEUED', 'STARTED', 'CANCELLING', 'CANCELLED', 'FINISHED']
  assert.deepEqual(troublesOf({ tasks: states.map((state) => ({ name: state, state })) }), [])
})

test('a role that has turned since its report is a trouble as one that has failed', () => {
  const trouble = { what: 'output', id: 'o', name: 'Raw' }
  assert.deepEqual(troublesOf({ outputs: [failed] }), [trouble])
  assert.deepEqual(troublesOf({ outputs: [turned] }), [trouble])
})

test('what hinders most comes first', () => {
  const tasks = [{ id: 't', name: 'January', state: 'ERROR' }]
  const schedules = [{ id: 's', name: 'hourly', lateSince: '2026-01-02T03:00:00Z' }]
  assert.deepEqual(troublesOf({ tasks, schedules, outputs: [failed] }), [
    { what: 'output', id: 'o', name: 'Raw' },
    { what: 'schedule', id: 's', name: 'hourly' },
    { what: 'export', id: 't', name: 'January' },
  ])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExportFile, ExportTask } from '@sluice/sdk'
import { type FileState, judgeFile } from './judge-file.ts'

const lastError = { code: 'BUCKET_MISSING', message: 'It is not there.' }
const cases: [Partial<ExportFile>, ExportTask['state'], FileState][] = [
  [{ status: 'PLANNED', lastError }, 'ERROR', 'FAILED'],
  [{ status: 'CLAIMED', lastError }, 'ERROR', 'FAILED'],
  [{ status: 'PLANNED', lastError }, 'QUEUED', 'PLANNED'],
  [{ status: 'CLAIMED' }, 'ERROR', 'PLANNED'],
  [{ status: 'CLAIMED' }, 'STARTED', 'UNDERWAY'],
  [{ status: 'CLAIMED', lastError }, 'STARTED', 'UNDERWAY'],
  [{ status: 'PLANNED' }, 'STARTED', 'PLANNED'],
  [{ status: 'DELIVERED', rows: 0 }, 'FINISHED', 'EMPTY'],
  [{ status: 'DELIVERED', rows: 1, lastError }, 'ERROR', 'DELIVERED'],
]

for (const [file, state, expected] of cases)
  test(`${JSON.stringify(file)} of a task in ${state} is ${expected}`, () => {
    const whole = { objectKey: 'key', status: 'PLANNED', attempts: 0, ...file } as const
    assert.equal(judgeFile(whole, { state }), expected)
  })

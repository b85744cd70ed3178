import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidRequestError } from '@sluice/sdk'
import { describeError, exitCodes } from './exit.ts'

test('a mistake names the option as it was typed, and is no reason to try again', () => {
  const error = new InvalidRequestError('all in one', {
    status: 400,
    code: 'INVALID_REQUEST',
    details: ['endTime must not be in the future', 'columns has an unknown name: vidio_id'],
    requestId: undefined,
    retryAfterSeconds: undefined,
  })
  assert.deepEqual(describeError(error), {
    text: [
      'The request is not valid.',
      '  endTime (--to) must not be in the future',
      '  columns has an unknown name: vidio_id',
    ].join('\n'),
    exitCode: exitCodes.usage,
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallerError, TransientError } from '#errors'
import { redact } from '#secret'
import { openTelemetry } from '#telemetry'

const token = `${'FwoGZXIvYXdzE'.repeat(12)}==`

for (const [text, secret] of [
  [`<Error><Code>ExpiredToken</Code><Token-0>${token}</Token-0></Error>`, token],
  ['<SecretAccessKey>wJalrXUtnFEMI</SecretAccessKey>', 'wJalrXUtnFEMI'],
  ['{"sessionToken":"short-token"}', 'short-token'],
  ['https://bucket.s3.amazonaws.com/?X-Amz-Signature=abcdef0123456789&x=1', 'abcdef0123456789'],
  ['GET /v1/things?X-Api-Key=my-secret-key', 'my-secret-key'],
  ['password: hunter22', 'hunter22'],
  [`a token without a name: ${token}`, token],
  ['sluice_0123456789abcdefghijABCDEFGHIJ_-', '0123456789abcdefghij'],
] as const)
  test(`redacted: ${text.slice(0, 40)}…`, () => {
    assert.ok(!redact(text).includes(secret), redact(text))
  })

test('what names a thing stays: ARNs, access key ids, request ids, external ids', () => {
  const text =
    'AccessDenied: User arn:aws:sts::123456789012:assumed-role/Role/sluice-1 (ASIAIOSFODNN7EXAMPLE) ' +
    'is not authorized; request 4442587FB7D0A2F9, external id 0f7d0b7e-6e2f-4a59-9a3f-7a6c2f0f3c1d'
  assert.equal(redact(text), text)
})

test('an error goes to the log with its causes and without credentials', () => {
  const lines: string[] = []
  const telemetry = openTelemetry({
    level: 'error',
    destination: { write: (line: string) => void lines.push(line) },
  })
  const cause = new CallerError('CONFLICT', `<SessionToken>${token}</SessionToken>`)
  const error = new TransientError('AWS_UNAVAILABLE', 'AWS failed.', {
    cause,
    details: { answer: { password: 'hunter22', text: `token=${token}` } },
  })
  telemetry.requestFailed({ requestId: 'an-id', error })
  telemetry.close()
  const [line] = lines
  assert.match(line ?? '', /AWS_UNAVAILABLE.*CONFLICT/)
  assert.doesNotMatch(line ?? '', /FwoGZXIvYXdzE|hunter22/)
})

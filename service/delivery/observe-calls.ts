import type { S3Client } from '@aws-sdk/client-s3'
import type { STSClient } from '@aws-sdk/client-sts'
import type { Telemetry } from '#telemetry'
import { traced } from '#tracing'
import { faultOf } from './aws-fault.ts'

/** Who counts calls of AWS and uses of roles. */
export type Observer = Pick<Telemetry, 'awsCallEnded' | 'roleUsed'>

/** From now on each call of the client has its span, and is counted with its code and time, the SDK's own retries within. */
export function observeCalls(
  client: S3Client | STSClient,
  service: 'S3' | 'STS',
  observer: Observer | undefined,
): void {
  const { middlewareStack } = client as S3Client // both have it, over commands of their own
  middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        const operation = commandName.replace(/Command$/, '')
        const startedMs = performance.now()
        const ended = (code: string) => {
          const durationMs = performance.now() - startedMs
          observer?.awsCallEnded({ service, operation, code, durationMs })
        }
        return traced(`${service} ${operation}`, { 'rpc.service': service }, async () => {
          try {
            const answer = await next(args)
            ended('OK')
            return answer
          } catch (error) {
            ended(faultOf(error).code)
            throw error
          }
        })
      },
    { step: 'initialize', name: 'observeCalls' },
  )
}

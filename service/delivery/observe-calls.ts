import type { S3Client } from '@aws-sdk/client-s3'
import type { STSClient } from '@aws-sdk/client-sts'
import type { Telemetry } from '#telemetry'
import { traced } from '#tracing'
import { faultOf } from './aws-fault.ts'

/** Who counts calls of AWS and uses of roles. */
export type Observer = Pick<Telemetry, 'awsCallEnded' | 'roleUsed'>

/**
 * From now on each call of the client has its span, and each attempt at it is counted with its code and time: so
 * what the SDK overcomes by trying again shows too. A call that comes to no attempt counts as one.
 */
export function observeCalls(
  client: S3Client | STSClient,
  service: 'S3' | 'STS',
  observer: Observer | undefined,
): void {
  const { middlewareStack } = client as S3Client // both have it, over commands of their own
  const attempted = new WeakSet<object>() // the contexts of calls
  const operationOf = ({ commandName = '' }) => commandName.replace(/Command$/, '')
  const count = (operation: string, code: string, startedMs: number) =>
    observer?.awsCallEnded({ service, operation, code, durationMs: performance.now() - startedMs })
  middlewareStack.add(
    (next, context) => (args) => {
      const operation = operationOf(context)
      const startedMs = performance.now()
      return traced(`${service} ${operation}`, { 'rpc.service': service }, async () => {
        try {
          return await next(args)
        } catch (error) {
          if (!attempted.has(context)) count(operation, faultOf(error).code, startedMs)
          throw error
        }
      })
    },
    { step: 'initialize', name: 'traceCalls' },
  )
  middlewareStack.add(
    (next, context) => async (args) => {
      attempted.add(context)
      const operation = operationOf(context)
      const startedMs = performance.now()
      try {
        const answer = await next(args)
        count(operation, 'OK', startedMs)
        return answer
      } catch (error) {
        count(operation, faultOf(error).code, startedMs)
        throw error
      }
    },
    { step: 'deserialize', priority: 'high', name: 'countAttempts' }, // within the retries, around the parser of answers
  )
}

import { Code } from '@mantine/core'
import { Disclosure } from '../../parts/disclosure.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Rows } from '../../parts/rows.tsx'
import type { Step } from './use-verification.ts'

/** What AWS was asked, with the columns of CloudTrail’s names, so that one finds it there. */
export function StepCalls({ calls, name }: { calls: Step['calls']; name: string }) {
  const count = calls.length === 1 ? '1 call of AWS' : `${calls.length} calls of AWS`
  return (
    <Disclosure summary={count}>
      <Rows
        caption={`Calls of AWS: ${name}`}
        head={['eventTime', 'eventName', 'Sent', 'Answer', 'requestID']}
        empty="None."
        rows={calls.map((call, at) => ({
          key: `${at} ${call.requestId}`,
          cells: [
            <Instant key="at" at={call.at} to="second" />,
            call.operation,
            call.sent,
            call.message === undefined ? call.answer : `${call.answer}: ${call.message}`,
            call.requestId === undefined ? 'none' : <Code key="id">{call.requestId}</Code>,
          ],
        }))}
      />
    </Disclosure>
  )
}

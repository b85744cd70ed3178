import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { CallEvent } from '../calls/call-event.ts'
import type { CutAt } from './fault.ts'
import { errorOf, type Struck } from './fault-errors.ts'
import type { FaultRules } from './faults.ts'

/** What is left to do for whoever carries the call out. */
interface Aftermath {
  /** The connection has been ended: nothing is to be carried out. */
  isCut: boolean
  /** What the call changes in IAM holds so much later. */
  changeDelayMs: number
  /** S3 answers 200 before it knows that it failed. */
  isErrorIn200: boolean
}

const unharmed: Aftermath = { isCut: false, changeDelayMs: 0, isErrorIn200: false }

interface Met {
  event: CallEvent
  request: IncomingMessage
  response: ServerResponse
  now: Date
}

/** To be asked once per call, when it is known who calls. Throws the AwsError to answer with, if it is one. */
export async function meetFaults(faults: FaultRules, met: Met): Promise<Aftermath> {
  const rule = faults.decide(met.event)
  if (!rule) return unharmed
  met.event.additionalEventData.fault = { id: rule.id, kind: rule.fault.kind }
  return strike({ ...met, fault: rule.fault }, met.response)
}

async function strike(struck: Struck, response: ServerResponse): Promise<Aftermath> {
  const { fault } = struck
  switch (fault.kind) {
    case 'slow':
      await wait(fault.delayMs, response)
      return unharmed
    case 'change-delay':
      return { ...unharmed, changeDelayMs: fault.delayMs }
    case 'cut':
      cut(response, fault.at)
      return { ...unharmed, isCut: fault.at === 'request' }
    case 'error-in-200':
      return { ...unharmed, isErrorIn200: true }
    default:
      throw errorOf({ ...struck, fault })
  }
}

/** Ends early when the client goes. */
async function wait(delayMs: number, response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  const leave = () => gone.abort()
  response.once('close', leave)
  await delay(delayMs, undefined, { signal: gone.signal }).catch(() => undefined)
  response.off('close', leave)
}

/** Ends the connection now, or makes the answer end it. */
function cut(response: ServerResponse, at: CutAt): void {
  if (at === 'request') {
    response.destroy()
    return
  }
  const write = response.write.bind(response)
  const breakOff = (chunk: unknown) => {
    response.write = () => false
    response.end = () => response
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    const destroy = () => response.destroy()
    if (at === 'before-answer') destroy()
    else if (bytes instanceof Uint8Array && bytes.length > 0) {
      write(bytes.subarray(0, bytes.length >> 1), destroy)
    } else {
      // An answer without a body breaks off within its headers.
      response.socket?.write('HTTP/1.1 200 OK\r\nserver: Ama', destroy)
    }
  }
  response.write = (chunk: unknown) => {
    breakOff(chunk)
    return false
  }
  response.end = (chunk?: unknown) => {
    breakOff(chunk)
    return response
  }
}

import type { CallEvent, CallService, newEvent } from './call-event.ts'

/** The calls that came, for tests to read: what was called, by whom, with what, and how it ended. */
export interface Calls {
  /** A snapshot, in the order they came in: of all, of one service, or of one operation of it. */
  list(of?: { service: CallService; operation?: string }): CallEvent[]
  /** How many were forgotten because there were more than are kept. */
  readonly forgotten: number
  /** Numbers go on. */
  clear(): void
}

export interface CallRecorder extends Calls {
  /** The event is filled in as the call goes on. */
  add(event: ReturnType<typeof newEvent>): CallEvent
}

const EVENTS_MIN = 2000

export function createCalls(): CallRecorder {
  let events: CallEvent[] = []
  let last = 0
  let forgotten = 0
  return {
    add(event) {
      last += 1
      const added = { eventNumber: last, ...event }
      // Half is forgotten at once, so that a full record costs no copy per call.
      if (events.length === EVENTS_MIN * 2) {
        forgotten += EVENTS_MIN
        events = events.slice(EVENTS_MIN)
      }
      events.push(added)
      return added
    },
    list: (of) => events.filter((event) => isOf(event, of)).map((event) => structuredClone(event)),
    get forgotten() {
      return forgotten
    },
    clear() {
      events = []
      forgotten = 0
    },
  }
}

function isOf(event: CallEvent, of: { service: CallService; operation?: string } | undefined) {
  if (!of) return true
  const { service, operation = event.eventName } = of
  return event.eventSource === `${service}.amazonaws.com` && event.eventName === operation
}

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Asked, Asking } from './asking.ts'
import type { Home } from './home.ts'

const PER_SECOND = 200
/** Who asks in turns. What is made in half a minute is a hundred outputs of each then. */
const ORGANIZATIONS = 20
const SECONDS = 10
/** A service that has run for a while: V8 compiles what is called often, and PGlite plans it anew, five times. */
const WARM_UP_SECONDS = 10

/** The 99th percentile in ms of create, get and list, from a process of its own: alone, and beside the work. */
export async function measureOutputs(
  { apiUrl, createOrganization }: Home,
  work: () => Promise<void>,
): Promise<{ idle: Asked; busy: Asked }> {
  const callers: Asking['callers'] = []
  while (callers.length < ORGANIZATIONS) {
    const { apiKey, aws } = await createOrganization()
    callers.push({ apiKey, accountId: aws.accountId })
  }
  const child = fork(join(import.meta.dirname, 'asking.ts'))
  const died = once(child, 'exit').then(() => {
    throw new Error('the process that asks has ended')
  })
  died.catch(() => {})
  const ask = async (seconds: number): Promise<Asked> => {
    const asking: Asking = { apiUrl, callers, seconds, perSecond: PER_SECOND }
    child.send(asking)
    const [asked] = await Promise.race([once(child, 'message'), died])
    return asked
  }
  try {
    await ask(WARM_UP_SECONDS)
    const idle = await ask(SECONDS)
    let isOver = false
    const repeat = async () => {
      while (!isOver) await work()
    }
    const working = repeat()
    const busy = await ask(SECONDS).finally(() => {
      isOver = true
    })
    await working
    return { idle, busy }
  } finally {
    child.disconnect()
  }
}

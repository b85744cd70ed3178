/**
 * Creates, gets and lists outputs at a steady rate, however slowly it is answered. A process of its own; told
 * what to do by a message, it answers with one.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@sluice/sdk'

export interface Asking {
  apiUrl: string
  callers: { apiKey: string; accountId: string }[]
  seconds: number
  perSecond: number
}

export interface Asked {
  p99Ms: number
  failed: number
}

/** As the API has it for whoever names none. */
const pageAsked = { offset: 0, limit: 25 }

async function ask({ apiUrl, callers, seconds, perSecond }: Asking): Promise<Asked> {
  // Three calls and a number of callers that three does not divide: each makes all of them.
  const calls = await Promise.all(callers.map((caller) => callsOf(apiUrl, caller)))
  const timesMs: number[] = []
  let failed = 0
  const call = async (index: number, dueMs: number) => {
    const own = calls[index % calls.length] ?? []
    await own[index % own.length]?.().catch(() => {
      failed += 1
    })
    timesMs.push(performance.now() - dueMs) // what was asked late has waited too
  }
  const startedMs = performance.now()
  const made: Promise<void>[] = []
  for (let index = 0; index < seconds * perSecond; index += 1) {
    const dueMs = startedMs + (index * 1000) / perSecond
    await delay(Math.max(0, dueMs - performance.now()))
    made.push(call(index, dueMs))
  }
  await Promise.all(made)
  timesMs.sort((a, b) => a - b)
  const p99Ms = timesMs[Math.floor(timesMs.length * 0.99)] ?? Number.NaN
  return { p99Ms: Number(p99Ms.toFixed(1)), failed }
}

async function callsOf(
  apiUrl: string,
  { apiKey, accountId }: Asking['callers'][number],
): Promise<(() => Promise<unknown>)[]> {
  const { s3RoleBased } = createClient({ apiUrl, apiKey }).outputs
  const create = () =>
    s3RoleBased.create({
      bucketName: 'asked',
      roleArn: `arn:aws:iam::${accountId}:role/asked`,
      cloudRegion: 'US_EAST_1',
    })
  const { id } = await create()
  return [create, () => s3RoleBased.get(id), () => s3RoleBased.list().page(pageAsked)]
}

process.on('message', async (message) => {
  process.send?.(await ask(message as Asking))
})

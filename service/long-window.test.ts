import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { openExporter, startWorld } from '#testing'

// A long window, hour by hour, while AWS's time goes on for longer than sessions last. The longest there is has
// 90 days: SLUICE_TEST_WINDOW_DAYS=90 takes half a minute on a machine that does nothing else.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const DAYS = Number(process.env.SLUICE_TEST_WINDOW_DAYS ?? 10)
const END = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS)
const START = new Date(END.getTime() - DAYS * DAY_MS)
const ROWS = DAYS
/** AWS refuses a signature from a quarter of an hour ago; the SDK sets its clock by each answer. */
const MOVED_MS = 14 * 60_000
const MOVES = 10

test(`a window of ${DAYS} days has a file for each hour, by sessions that are renewed`, async (t) => {
  const aws = { passedMs: 0 }
  await using world = await startWorld({
    awsClock: { now: () => new Date(Date.now() + aws.passedMs) },
    probePauseMs: 1,
    worker: {
      pollMs: 20,
      concurrency: 1,
      budget: { failuresMax: 25, firstDelayMs: 20, delayMsMax: 300 },
    },
    env: { SLUICE_LOG_LEVEL: 'silent' },
  })
  using exporter = await openExporter(world)
  const { client, customer, bucketName } = exporter
  await exporter.importRows(
    Array.from({ length: ROWS }, (_, index) => ({
      time: START.getTime() + index * DAY_MS + index,
      impression_id: `i-${index}`,
      sequence_number: 0,
    })),
  )
  const startedMs = performance.now()
  const { id } = await exporter.createTask({ start: START, end: END, outputPath: 'all' })
  for (let move = 1; move <= MOVES; ) {
    const { progress, status } = await client.exportTasks.get(id)
    assert.notEqual(status, 'ERROR')
    if (progress * MOVES >= move * 90) {
      aws.passedMs += MOVED_MS
      move += 1
    }
    await delay(100)
  }
  const { attempts } = await client.exportTasks.waitUntilFinished(id, { pollMs: 50 })
  assert.equal(attempts, 1, 'no session ended before another was there')
  t.diagnostic(`${Math.round(performance.now() - startedMs)} ms`)
  const Key = `all/manifest-${id}.json`
  const { Body } = await customer.s3.send(new GetObjectCommand({ Bucket: bucketName, Key }))
  const { files, rows, window } = JSON.parse((await Body?.transformToString()) ?? '')
  assert.deepEqual([files.length, rows], [DAYS * 24, ROWS])
  assert.deepEqual([window.start, files[0].hour.start], [START.toISOString(), START.toISOString()])
  assert.equal(files.at(-1).hour.end, END.toISOString())
  const hours = new Set(files.map(({ hour }: { hour: { start: string } }) => hour.start))
  assert.equal(hours.size, files.length)
  const [output] = [(await client.outputs.s3RoleBased.list().next()).value]
  assert(output)
  const opened: string[] = []
  for await (const { action, outcome } of client.outputs.s3RoleBased.listAccesses(output.id))
    if (action === 'OPEN_SESSION') opened.push(outcome)
  t.diagnostic(`${opened.length} sessions`)
  assert(opened.length >= 3 && opened.every((outcome) => outcome === 'OK'))
})

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { sql } from 'kysely'
import { asOrganizationId, type Database, type OrganizationScope, openScope } from '#database'
import type { CustomerBucket } from '#delivery'
import { OutputError } from '#errors'
import { hoursOf, startWorker, type WorkerDeps } from '#exports'
import { createServer } from '#http'
import { createLicense } from '#licenses'
import type { PinnedHour, Samples, Window } from '#samples'
import { openSpool } from '#spool'
import { openTelemetry } from '#telemetry'
import { scheduleRoutes } from './schedules.ts'
import { lookAtNext, type SchedulesParts } from './start-schedules.ts'

// Schedules with a real database and spool, and a clock that the test moves. The store's watermark is an
// instant that the test sets, export tasks end as it says or by a real worker, whose rows and bucket are
// stand-ins; every-hour.test.ts runs the whole on real parts.

export type TestWorld = Awaited<ReturnType<typeof openTestWorld>>

const SECOND_MS = 1000

export async function openTestWorld(database: Database, directory: string) {
  const spool = await openSpool({ directory: join(directory, 'spool'), bytesMax: 1e6 })
  const time = {
    now: new Date('2026-03-01T10:00:10Z'),
    watermark: new Date('2026-03-01T10:00:00Z'),
  }
  const clock = { now: () => time.now }
  const telemetry = openTelemetry({ level: 'silent' })
  const objects = new Map<string, string>()
  const put: Put = { fails: undefined, loses: undefined, during: undefined }
  const rows = { of: (_hour: Window): string => 'rows' }
  const parts: SchedulesParts = {
    database,
    clock,
    spool,
    telemetry,
    samples: { watermark: async () => time.watermark },
    openBucket: async () => bucketOf(objects, put),
  }
  const app = await createServer({
    clock,
    telemetry,
    // The key is the organization's id: who may act where is not what is tested here.
    authenticate: async ({ apiKey }) => ({
      scope: openScope(database, asOrganizationId(apiKey ?? ''), clock),
      isOperator: false,
    }),
    readiness: async () => [],
    routes: [scheduleRoutes(parts)],
  })

  /** Every schedule that is due is looked at once. */
  async function look(): Promise<void> {
    while (await lookAtNext(parts, { random: 0, signal: new AbortController().signal }));
  }

  return {
    database,
    time,
    parts,
    objects,
    put,
    rows,
    look,
    /** Every task that is queued is carried out to its end. */
    async work(): Promise<void> {
      const samples = newSamples(time, rows)
      const { openBucket } = parts
      const deps: WorkerDeps = { database, clock, spool, telemetry, samples, openBucket }
      const budget = { failuresMax: 1, firstDelayMs: 0, delayMsMax: 0 }
      await using _worker = startWorker(deps, { concurrency: 1, pollMs: 1, budget })
      await untilAllEnded(database)
    },
    /** So many seconds later. */
    async lookAfter(seconds: number): Promise<void> {
      time.now = new Date(time.now.getTime() + seconds * SECOND_MS)
      await look()
    },
    /** Everything before it is closed, and some seconds have passed since. */
    async closeUntil(hour: string): Promise<void> {
      time.watermark = new Date(`2026-03-${hour}:00Z`)
      time.now = new Date(Math.max(time.watermark.getTime(), time.now.getTime()) + 10 * SECOND_MS)
      await look()
    },
    newCustomer: async (timeZone = 'UTC') => {
      const scope = await newOrganization(database, clock)
      const license = await createLicense(scope, {
        name: 'web',
        timeZone,
        retentionDays: 3650,
        ignoreDNT: false,
        domains: [],
        customData: {},
      })
      const outputId = await newOutput(scope)
      const body = {
        name: 'web',
        frequency: 'HOURLY',
        licenseKey: license.licenseKey,
        columns: ['time'],
        output: { outputId, outputPath: 'web' },
      }
      const call = async (
        method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
        path: string,
        sent?: object,
      ) => {
        const response = await app.inject({
          method,
          url: `/v1/analytics/export-schedules${path}`,
          headers: { 'x-api-key': scope.organizationId, 'content-type': 'application/json' },
          ...(sent && { payload: JSON.stringify(sent) }),
        })
        const { data } = response.json()
        return { status: response.statusCode, ...data }
      }
      return {
        scope,
        body,
        call,
        create: async (changes: object = {}) => {
          const { status, result, message } = await call('POST', '', { ...body, ...changes })
          assert.equal(status, 201, message)
          return result
        },
        /** The oldest first: when, which number, and how it is. */
        hours: async (id: string): Promise<string[]> => {
          const { result } = await call('GET', `/${id}/hours?limit=100`)
          return result.items
            .map(
              (hour: { startTime: string; number: number; status: string }) =>
                `${hour.startTime.slice(8, 16)} ${hour.number} ${hour.status}`,
            )
            .reverse()
        },
        finish: (status: 'FINISHED' | 'ERROR' = 'FINISHED', files = 0) =>
          endTasks(scope, status, files),
        /** The hours have samples, which the license keeps so long. */
        store: (hours: string[], until: string, revision = 1) =>
          storeHours(database, { licenseKey: license.licenseKey, hours, until, revision }),
        /** A webhook hears of it; answers what it was told. */
        tellOf: (event: string) => tellOf(scope, event),
      }
    },
    async close(): Promise<void> {
      await app.close()
      await spool.close()
      telemetry.close()
    },
  }
}

interface Put {
  fails: Error | undefined
  /** The object is put, and the answer says something else. */
  loses: Error | undefined
  /** While the next one is under way. */
  during: (() => Promise<unknown>) | undefined
}

function bucketOf(objects: Map<string, string>, put: Put): CustomerBucket {
  return {
    async putFile({ objectKey, path }, { mode, onStoring, onNothingStored }) {
      const { during } = put
      put.during = undefined
      await during?.()
      if (put.fails !== undefined) throw put.fails
      await onStoring?.()
      if (mode === 'create' && objects.has(objectKey)) {
        onNothingStored?.()
        throw new OutputError('OBJECT_EXISTS', `${objectKey} exists.`)
      }
      objects.set(objectKey, await readFile(path, 'utf8'))
      if (put.loses !== undefined) throw put.loses
      return { requestIds: [] }
    },
    abortUpload: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}

/** A source whose bytes are its argument. */
const sayIt = 'data:text/javascript,export async function open(text) { return [Buffer.from(text)] }'

/** What the worker asks of it. */
function newSamples(time: { watermark: Date }, rows: { of(hour: Window): string }): Samples {
  return {
    watermark: async () => time.watermark,
    pinHours: async (licenseKeys: readonly string[], window: Window): Promise<PinnedHour[]> =>
      hoursOf(window).map((hour) => ({
        ...hour,
        licenses: licenseKeys.map((licenseKey) => ({
          licenseKey,
          revision: 1,
          storedBefore: window.end,
          rows: 1,
          duplicates: 0,
          checksum: '0',
        })),
      })),
    pinAgain: async () => undefined,
    readHour: async (hour: PinnedHour, { columns }: { columns: readonly { name: string }[] }) => {
      const text = `${columns.map(({ name }) => name)} ${rows.of(hour)} ${hour.start.toISOString()}\n`
      const source = { module: sayIt, argument: text }
      return { rows: 1, firstTime: hour.start, lastTime: hour.start, source }
    },
  } as unknown as Samples
}

const WORK_MS_MAX = 60_000

async function untilAllEnded(database: Database): Promise<void> {
  const deadline = performance.now() + WORK_MS_MAX
  for (;;) {
    const { count } = await database.db
      .selectFrom('export_tasks')
      .select(sql<number>`count(*)`.as('count'))
      .where('status', 'not in', ['FINISHED', 'ERROR', 'CANCELLED'])
      .executeTakeFirstOrThrow()
    if (Number(count) === 0) return
    assert(performance.now() < deadline, 'a task has not ended in time')
    await turn() // on PGlite, queries alone let no other loop run
  }
}

async function newOrganization(
  database: Database,
  clock: SchedulesParts['clock'],
): Promise<OrganizationScope> {
  const id = asOrganizationId(randomUUID())
  const at = clock.now()
  await database.db
    .insertInto('organizations')
    .values({
      id,
      parent_id: null,
      name: 'An organization',
      label_color: null,
      is_operator: false,
      created_at: at,
      modified_at: at,
    })
    .execute()
  return openScope(database, id, clock)
}

/** As #outputs stores one; what it checks on the way in is its own tests' matter. */
async function newOutput(scope: OrganizationScope): Promise<string> {
  const id = randomUUID()
  const at = scope.clock.now()
  const mode = 'GENERATED' as const
  await scope.insertInto('external_ids', { external_id: id, mode, issued_at: at }).execute()
  const output = {
    id,
    bucket_name: 'bucket',
    role_arn: 'arn:aws:iam::111122223333:role/sluice',
    external_id: id,
    external_id_mode: mode,
    bucket_owner_full_control: false,
    custom_data: '{}',
    created_at: at,
    modified_at: at,
  }
  await scope.insertInto('outputs', output).execute()
  return id
}

async function storeHours(
  database: Database,
  stored: { licenseKey: string; hours: string[]; until: string; revision: number },
): Promise<void> {
  const rows = stored.hours.map((hour) => ({
    license_key: stored.licenseKey,
    type: 'SESSIONS' as const,
    hour: new Date(`2026-03-${hour}:00Z`),
    revision: stored.revision,
    stored_before: new Date(`2026-03-${hour}:00Z`),
    row_count: 1,
    duplicate_count: 0,
    checksum: '0',
    expires_at: new Date(stored.until),
  }))
  await database.db.insertInto('sample_hours').values(rows).execute()
}

async function tellOf(scope: OrganizationScope, event: string) {
  const at = scope.clock.now()
  const webhook = { url: 'https://hooks.example/', enabled: true, secret: 'none' }
  const row = { id: randomUUID(), events: JSON.stringify([event]), ...webhook }
  await scope.insertInto('webhooks', { ...row, created_at: at, modified_at: at }).execute()
  return async () => {
    const told = await scope
      .selectFrom('webhook_deliveries')
      .select('payload')
      .orderBy('created_at')
      .execute()
    return told.map(({ payload }) => JSON.parse(payload).data)
  }
}

/** What the worker writes down when a task has ended: its files as they were pinned, at revision 1. */
async function endTasks(
  scope: OrganizationScope,
  status: 'FINISHED' | 'ERROR',
  filesDelivered: number,
): Promise<void> {
  const error = {
    error_code: 'ROLE_NOT_ASSUMABLE',
    error_message: 'No.',
    error_remedy: 'Change it.',
  }
  const ended = await scope
    .updateTable('export_tasks')
    .set({ status, ...(status === 'ERROR' && error) })
    .where('status', '=', 'QUEUED')
    .returning('id')
    .execute()
  if (ended.length === 0) return
  const ids = ended.map(({ id }) => id)
  const at = scope.clock.now()
  const content = { row_count: 1, bytes: 1, sha256: '0', md5: '0' }
  await scope
    .updateTable('export_files')
    .set({ ...content, claimed_at: at, delivered_at: at })
    .where('task_id', 'in', ids)
    .where('position', '<', filesDelivered)
    .execute()
  await scope
    .updateTable('export_files')
    .set({
      pinned: sql<string>`(select jsonb_build_object('licenses', jsonb_build_array(
        jsonb_build_object('licenseKey', license_key, 'revision', 1)))
        from export_tasks where id = task_id)`,
    })
    .where('start_time', 'is not', null)
    .where('task_id', 'in', ids)
    .execute()
}

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asOrganizationId, type Database, type OrganizationScope, openScope } from '#database'
import { createServer, type Routes } from '#http'
import { openSamples, type Samples } from '#samples'
import { openTelemetry } from '#telemetry'
import { openTestClickhouse, type TestClickhouse } from './clickhouse.ts'
import { openTestDatabase } from './postgres.ts'

/** Some routes on real stores, without AWS and without keys: an organization's id is its key. */
export interface TestApi extends AsyncDisposable {
  readonly database: Database
  readonly samples: Samples
  readonly clickhouse: TestClickhouse
  newOrganization(): Promise<string>
  scopeOf(organization: string): OrganizationScope
  /** `POST analytics/…`, by the organization. */
  call(organization: string, request: string, body?: object): Promise<Answer>
  /** Until every hour before it is closed. */
  closeUntil(instant: Date): Promise<void>
}

interface Answer {
  status: number
  message: string
  details: { field: string; text: string }[]
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
  result: any
}

const WAIT_MS_MAX = 20_000

export async function openTestApi(options: {
  now(): Date
  routesOf(parts: { database: Database; samples: Samples }): Routes[]
}): Promise<TestApi> {
  await using opened = new AsyncDisposableStack()
  const clock = { now: options.now }
  const directory = await mkdtemp(join(tmpdir(), 'sluice-api-'))
  opened.defer(() => rm(directory, { recursive: true }))
  const telemetry = openTelemetry({ level: 'silent' })
  opened.defer(() => telemetry.close())
  const clickhouse = await openTestClickhouse({ dataDirectory: directory })
  opened.defer(() => clickhouse.close())
  const database = opened.use(await openTestDatabase({ dataDirectory: directory }))
  const samples = opened.use(await openSamples({ database, clock, clickhouse, onFault: () => {} }))
  const scopeOf = (organization: string) =>
    openScope(database, asOrganizationId(organization), clock)
  const app = await createServer({
    clock,
    telemetry,
    authenticate: async ({ apiKey = '' }) => ({ scope: scopeOf(apiKey), isOperator: false }),
    readiness: async () => [],
    routes: options.routesOf({ database, samples }),
  })
  opened.defer(() => app.close())
  const everything = opened.move()
  return {
    database,
    samples,
    clickhouse,
    scopeOf,
    newOrganization: async () => {
      const id = asOrganizationId(randomUUID())
      const row = { id, name: 'An organization', label_color: null, parent_id: null }
      const [created_at, modified_at] = [clock.now(), clock.now()]
      const values = { ...row, is_operator: false, created_at, modified_at }
      await database.db.insertInto('organizations').values(values).execute()
      return id
    },
    call: async (organization, request, body) => {
      const [method = '', path] = request.split(' ')
      const response = await app.inject({
        method: method as 'GET',
        url: `/v1/${path}`,
        headers: { 'x-api-key': organization },
        ...(body && { body }),
      })
      return { status: response.statusCode, ...response.json().data }
    },
    closeUntil: async (instant) => {
      const deadline = performance.now() + WAIT_MS_MAX
      while ((await samples.watermark()) < instant) {
        if (performance.now() > deadline) throw new Error('The hours were not closed in time.')
        await new Promise((done) => setTimeout(done, 50))
      }
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}

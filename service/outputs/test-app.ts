import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '#config'
import { asOrganizationId, type Database, type OrganizationScope, openScope } from '#database'
import { createServer } from '#http'
import { openTelemetry } from '#telemetry'
import type { RotationProof } from './external-ids/rotation-proof.ts'
import { outputRoutes } from './routes.ts'

// The outputs' routes on a database, without AWS: for tests of what the database decides.

export const OUTPUTS = '/analytics/outputs/s3-role-based'
export const EXTERNAL_IDS = '/analytics/external-ids'

export interface TestApp extends AsyncDisposable {
  readonly database: Database
  newOrganization(): Promise<string>
  scopeOf(organization: string): OrganizationScope
  /** `POST /analytics/…`, by the organization. */
  call(organization: string, request: string, body?: object): Promise<Answer>
  /** An output that is made as it should be. */
  create(organization: string, more?: object): Promise<Result>
}

export interface Answer {
  status: number
  message: string
  details: { field: string; text: string }[]
  result: Result
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
type Result = any

export async function openTestApp(options: {
  openDatabase(options: { dataDirectory: string }): Promise<Database>
  proof: RotationProof
  allowsCustom: boolean
}): Promise<TestApp> {
  await using opened = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'sluice-outputs-'))
  opened.defer(() => rm(directory, { recursive: true }))
  const telemetry = openTelemetry({ level: 'silent' })
  opened.defer(() => telemetry.close())
  const database = opened.use(await options.openDatabase({ dataDirectory: directory }))
  let passed = 0
  const start = Date.parse('2026-01-02T03:04:05Z')
  const clock = { now: () => new Date(start + 1000 * passed++) }
  const scopeOf = (organization: string) =>
    openScope(database, asOrganizationId(organization), clock)
  const config = readConfig({
    SLUICE_PRINCIPAL_ARN: 'arn:aws:iam::111111111111:user/sluice',
    SLUICE_ALLOW_CUSTOM_EXTERNAL_ID: String(options.allowsCustom),
  })
  const app = await createServer({
    clock,
    telemetry,
    // The key is the organization's id: who may act where is not what is tested here.
    authenticate: async ({ apiKey = '' }) => ({ scope: scopeOf(apiKey), isOperator: false }),
    readiness: async () => [],
    routes: [outputRoutes({ config, database, rotationProof: options.proof })],
  })
  opened.defer(() => app.close())
  const call: TestApp['call'] = async (organization, request, body) => {
    const [method, path] = request.split(' ')
    const response = await app.inject({
      method: method === 'POST' ? 'POST' : method === 'DELETE' ? 'DELETE' : 'GET',
      url: `/v1${path}`,
      headers: { 'x-api-key': organization },
      ...(body && { body }),
    })
    const { data } = response.json()
    return { status: response.statusCode, ...data }
  }
  const everything = opened.move()
  return {
    database,
    scopeOf,
    call,
    newOrganization: () => insertOrganization(database, clock.now()),
    create: async (organization, more = {}) => {
      const body = { bucketName: 'my-bucket', roleArn: roleOf('export'), ...more }
      const { status, result, message } = await call(organization, `POST ${OUTPUTS}`, body)
      assert.equal(status, 201, message)
      return result
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}

export function roleOf(name: string): string {
  return `arn:aws:iam::222222222222:role/${name}`
}

async function insertOrganization(database: Database, now: Date): Promise<string> {
  const id = asOrganizationId(randomUUID())
  const names = { name: 'An organization', label_color: null, parent_id: null, is_operator: false }
  await database.db
    .insertInto('organizations')
    .values({ id, ...names, created_at: now, modified_at: now })
    .execute()
  return id
}

/** What a refusal says, whichever id it is about. */
export function wordsOf({ message }: Answer): string {
  return message.replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/gi, 'ID')
}

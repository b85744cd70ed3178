import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { asOrganizationId, type Database, type OrganizationScope, openScope } from '#database'
import { readQueue, retryExportTask } from '#exports'
import { type App, createServer } from '#http'
import { openTelemetry } from '#telemetry'
import { openTestDatabase } from '#testing'
import { operatorRoutes } from './operator.ts'

const clock = { now: () => new Date('2026-03-10T12:00:00Z') }
const at = (minute: number) => new Date(Date.UTC(2026, 2, 10, 11, minute))
const telemetry = openTelemetry({ level: 'silent' })
let directory: string
let database: Database
let app: App

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-operator-'))
  database = await openTestDatabase({ dataDirectory: directory })
  const scope = openScope(database, asOrganizationId(randomUUID()), clock)
  app = await createServer({
    clock,
    telemetry,
    authenticate: async ({ apiKey }) => ({ scope, isOperator: apiKey === 'operator' }),
    readiness: async () => [],
    routes: [operatorRoutes({ database })],
  })
})

after(async () => {
  await app.close()
  await database.close()
  await rm(directory, { recursive: true })
  telemetry.close()
})

async function call(apiKey: string, path: string) {
  const url = `/v1/operator/${path}`
  const response = await app.inject({ method: 'GET', url, headers: { 'x-api-key': apiKey } })
  return { status: response.statusCode, ...response.json().data }
}

async function newOrganization(name: string): Promise<OrganizationScope> {
  const id = asOrganizationId(randomUUID())
  const times = { created_at: at(0), modified_at: at(0) }
  const row = { id, name, parent_id: null, label_color: null, is_operator: false, ...times }
  await database.db.insertInto('organizations').values(row).execute()
  return openScope(database, id, clock)
}

async function newOutput(scope: OrganizationScope): Promise<string> {
  const [id, mode] = [randomUUID(), 'GENERATED' as const]
  await scope.insertInto('external_ids', { external_id: id, mode, issued_at: at(0) }).execute()
  const output = {
    ...{ id, bucket_name: 'bucket', role_arn: 'arn:aws:iam::111122223333:role/sluice' },
    ...{ external_id: id, external_id_mode: mode, bucket_owner_full_control: false },
    ...{ custom_data: '{}', created_at: at(0), modified_at: at(0) },
  }
  await scope.insertInto('outputs', output).execute()
  return id
}

interface Ending {
  status: 'QUEUED' | 'STARTED' | 'FINISHED' | 'ERROR'
  minute: number
}

async function newTask(scope: OrganizationScope, outputId: string, { status, minute }: Ending) {
  const hasEnded = status === 'FINISHED' || status === 'ERROR'
  const error = {
    error_code: 'ROLE_NOT_ASSUMABLE',
    error_message: 'No.',
    error_remedy: 'Change it.',
  }
  const task = {
    ...{ id: randomUUID(), name: 'a task', license_key: randomUUID(), license_keys: '[]' },
    ...{ output_id: outputId, output_path: 'web', overwrite: true, type: 'SESSIONS' as const },
    ...{ columns: '[]', file_format: 'CSV' as const, compression: 'NONE' as const },
    ...{ layout: 'FLAT' as const, file_number: 1, definition: 'd', status },
    ...{ start_time: at(0), end_time: at(1), created_at: at(minute), available_at: at(minute) },
    ...{ bucket_name: 'bucket', role_arn: 'arn:aws:iam::111122223333:role/sluice' },
    ...(hasEnded && { finished_at: at(minute) }),
    ...(status === 'ERROR' && error),
  }
  await scope.insertInto('export_tasks', task).execute()
  return task.id
}

test('nobody but the operator sees what all organizations do', async () => {
  for (const path of ['workers', 'queue', 'failing-outputs']) {
    assert.equal((await call('customer', path)).status, 403, path)
    assert.equal((await call('operator', path)).status, 200, path)
  }
})

test('an output fails when its last task did, its role does, or an hour is overdue', async () => {
  const [alpha, beta] = [await newOrganization('Alpha'), await newOrganization('Beta')]
  const [mended, broken, refused] = [
    await newOutput(alpha),
    await newOutput(beta),
    await newOutput(beta),
  ]
  await newTask(alpha, mended, { status: 'ERROR', minute: 1 })
  await newTask(alpha, mended, { status: 'FINISHED', minute: 2 })
  await newTask(beta, broken, { status: 'FINISHED', minute: 1 })
  const failed = await newTask(beta, broken, { status: 'ERROR', minute: 2 })
  const verdict = {
    ...{ role_arn: 'arn:aws:iam::111122223333:role/sluice', external_id: refused },
    ...{ principal_arn: 'arn:aws:iam::999999999999:user/sluice', output_id: refused },
    ...{ verdict: 'FAILED' as const, since: at(3), code: 'EXTERNAL_ID_IGNORED' },
    ...{ probed_at: at(3), next_probe_at: at(4) },
  }
  await beta.insertInto('role_verdicts', verdict).execute()
  const { result } = await call('operator', 'failing-outputs')
  assert.equal(result.totalCount, 2)
  const shown = result.items.map(
    ({ organizationName, outputId, role, exportTask }: Record<string, unknown>) => [
      organizationName,
      outputId,
      role,
      exportTask,
    ],
  )
  assert.deepEqual(
    new Set(shown),
    new Set([
      [
        ...['Beta', broken, undefined],
        { id: failed, code: 'ROLE_NOT_ASSUMABLE', endedAt: at(2).toISOString() },
      ],
      ['Beta', refused, { code: 'EXTERNAL_ID_IGNORED', since: at(3).toISOString() }, undefined],
    ]),
  )
})

test('who has waited longest is told first, with how many wait; a retried task waits from its retry', async () => {
  const [patient, quick] = [await newOrganization('Patient'), await newOrganization('Quick')]
  const [first, second] = [await newOutput(patient), await newOutput(quick)]
  await newTask(quick, second, { status: 'QUEUED', minute: 20 })
  await newTask(quick, second, { status: 'STARTED', minute: 5 })
  await newTask(patient, first, { status: 'QUEUED', minute: 10 })
  const failed = await newTask(patient, first, { status: 'ERROR', minute: 1 })
  const at30 = openScope(database, patient.organizationId, { now: () => at(30) })
  await retryExportTask(at30, failed)
  const { result } = await call('operator', 'queue')
  const shown = result.organizations.map(
    ({ organizationId: _, ...queue }: Record<string, unknown>) => queue,
  )
  assert.deepEqual(shown, [
    { organizationName: 'Patient', queued: 2, started: 0, oldestQueuedAt: at(10).toISOString() },
    { organizationName: 'Quick', queued: 1, started: 1, oldestQueuedAt: at(20).toISOString() },
  ])
  const queue = await readQueue(database)
  assert.deepEqual(queue, [
    { status: 'QUEUED', count: 3, oldest: at(10) },
    { status: 'STARTED', count: 1, oldest: at(5) },
    { status: 'CANCELLING', count: 0, oldest: undefined },
  ])
})

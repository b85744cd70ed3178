import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, type TestContext, test } from 'node:test'
import { Webhook as Verifier } from 'standardwebhooks'
import { asOrganizationId, type Database, openScope } from '#database'
import { type App, createServer } from '#http'
import { openSealing, type Sealing } from '#sealing'
import { Secret } from '#secret'
import { openTelemetry } from '#telemetry'
import { openTestDatabase, TEST_SECRET_KEY } from '#testing'
import { claimDelivery } from './claim.ts'
import { attemptsMax } from './retry-schedule.ts'
import { enqueueEvent, readWaiting, sealAnew, startSender, webhookRoutes } from './webhooks.ts'

const logged: string[] = []
const telemetry = openTelemetry({
  level: 'debug',
  destination: { write: (line) => logged.push(line) },
})
const sealing = openSealing([new Secret(TEST_SECRET_KEY)])
let directory: string
let database: Database
let app: App
// Receivers judge a signature by their own clock, so ours begins with theirs.
let passedMs = 0
const clock = { now: () => new Date(Date.now() + passedMs) }

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-webhooks-'))
  database = await openTestDatabase({ dataDirectory: directory })
  app = await createServer({
    clock,
    telemetry,
    // The key is the organization's id: who may act where is not what is tested here.
    authenticate: async ({ apiKey = '' }) => ({
      scope: openScope(database, asOrganizationId(apiKey), clock),
      isOperator: false,
    }),
    readiness: async () => [],
    routes: [webhookRoutes({ config: { webhooks: { allowsPrivateAddresses: true } }, sealing })],
  })
})
after(async () => {
  await app.close()
  await database.close()
  await rm(directory, { recursive: true })
  telemetry.close()
})

// All organizations have one queue, which is no test's to find full.
beforeEach(async () => {
  passedMs = 0
  await database.db.deleteFrom('webhooks').execute()
})

const WAIT_MS_MAX = 20_000

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX
  while (!(await isSo())) {
    assert(performance.now() < deadline, 'it has not come about')
    await new Promise((done) => setTimeout(done, 5))
  }
}

interface Received {
  headers: Record<string, string>
  body: string
}

type Answering = (request: IncomingMessage, response: ServerResponse) => void

/** Somebody's system, which answers as it is told. */
async function openReceiver(
  t: TestContext,
  answering: Answering = (_, response) => response.end(),
) {
  const receiver = { url: '', received: [] as Received[], answering }
  const server = createHttpServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    receiver.received.push({ headers, body })
    receiver.answering(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  receiver.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook`
  return receiver
}

const status =
  (code: number): Answering =>
  (_, response) =>
    response.writeHead(code).end()

async function newOrganization() {
  const id = asOrganizationId(randomUUID())
  const at = clock.now()
  const row = { id, name: 'Aurora', label_color: null, parent_id: null, is_operator: false }
  await database.db
    .insertInto('organizations')
    .values({ ...row, created_at: at, modified_at: at })
    .execute()
  const scope = openScope(database, id, clock)
  const call = async (request: string, body?: object) => {
    const [method = 'GET', path = ''] = request.split(' ')
    const answer = await app.inject({
      method: method as 'GET',
      url: `/v1/analytics/webhooks${path}`,
      headers: { 'x-api-key': id },
      ...(body && { body }),
    })
    const { data } = answer.json()
    return { status: answer.statusCode, result: data.result, message: data.message ?? '' }
  }
  const create = async (url: string, more: object = {}) => {
    const made = await call('POST ', { url, events: ['export.finished'], ...more })
    assert.equal(made.status, 201, made.message)
    return made.result
  }
  const finish = async () => {
    const exportTaskId = randomUUID()
    await scope.transaction((tx) =>
      enqueueEvent(tx, { type: 'export.finished', data: { exportTaskId } }),
    )
    return exportTaskId
  }
  const deliveries = async (webhookId: string) =>
    (await call(`GET /${webhookId}/deliveries`)).result.items
  return { id, scope, call, create, finish, deliveries }
}

function send(
  t: TestContext,
  options: { allowsPrivateAddresses?: boolean; sealing?: Sealing } = {},
): AsyncDisposable {
  const parts = { database, clock, telemetry, sealing, allowsPrivateAddresses: true, ...options }
  const sender = startSender(parts, { pollMs: 5 })
  t.after(() => sender[Symbol.asyncDispose]())
  return sender
}

test('a second organization cannot see, change, rotate, replay or delete a webhook', async (t) => {
  const receiver = await openReceiver(t)
  const [owner, stranger] = [await newOrganization(), await newOrganization()]
  const { id } = await owner.create(receiver.url)
  await owner.finish()
  const [delivery] = await owner.deliveries(id)
  const none = randomUUID()
  for (const [request, body] of [
    ['GET /ID'],
    ['PATCH /ID', { enabled: false }],
    ['DELETE /ID'],
    ['POST /ID/secret-rotation'],
    ['GET /ID/deliveries'],
    [`POST /ID/deliveries/${delivery.id}/replay`],
  ] as [string, object?][]) {
    const [theirs, nobodys] = await Promise.all(
      [id, none].map((each) => stranger.call(request.replace('ID', each), body)),
    )
    assert.equal(theirs?.status, 404, request)
    assert.equal(theirs?.message.replace(id, none), nobodys?.message)
  }
  const own = await stranger.create(receiver.url)
  const crossed = await stranger.call(`POST /${own.id}/deliveries/${delivery.id}/replay`)
  assert.equal(crossed.status, 404)
  assert.deepEqual((await stranger.call('GET ')).result.items.length, 1)
  assert.equal((await owner.call(`GET /${id}`)).result.enabled, true)
})

test('what is no address to tell, or nothing to tell, is refused with its member', async () => {
  const { call } = await newOrganization()
  const url = 'https://example.com/'
  const events = ['export.finished']
  for (const [body, member] of [
    [{ url: 'example.com', events }, 'url'],
    [{ url: 'ftp://example.com', events }, 'url'],
    [{ url: 'https://user:password@example.com/', events }, 'url'],
    [{ url, events: [] }, 'events'],
    [{ url, events: ['export.begun'] }, 'events'],
    [{ url, events: [...events, ...events] }, 'events'],
    [{ events }, 'url'],
    [{ url }, 'events'],
  ] as [object, string][]) {
    const { status: code, message } = await call('POST ', body)
    assert.equal(code, 400)
    assert.match(message, new RegExp(`not valid. ${member}`))
  }
})

test('an organization has at most 20 webhooks', async () => {
  const { call, create } = await newOrganization()
  for (let each = 0; each < 20; each += 1) await create('https://example.com/')
  const body = { url: 'https://example.com/', events: ['export.finished'] }
  assert.equal((await call('POST ', body)).status, 409)
})

test('the secret is told once, and is in no other answer, message or log', async (t) => {
  const receiver = await openReceiver(t)
  const { call, create, finish, deliveries } = await newOrganization()
  const { id, secret } = await create(receiver.url)
  assert.match(secret, /^whsec_[\w+/]{43}=$/)
  send(t)
  await finish()
  await until(() => receiver.received.length === 1)
  await until(async () => (await deliveries(id))[0].status === 'DELIVERED')
  telemetry.log.warn({ error: new Error(`wrong: ${secret}`) }, 'someone puts it into an error')
  const answers = [
    await call(`GET /${id}`),
    await call('GET '),
    await call(`PATCH /${id}`, { name: 'renamed' }),
    await call(`GET /${id}/deliveries`),
    await call(`DELETE /${id}`),
    receiver.received,
    logged,
  ]
  const key = secret.slice('whsec_'.length)
  assert.equal(JSON.stringify(answers).includes(key), false)
  assert.match(logged.join(''), /webhook attempted/)
})

test('a secret lies in the database sealed, and signs on after the key has changed', async (t) => {
  const receiver = await openReceiver(t)
  const { call, create, finish, deliveries } = await newOrganization()
  const { id, secret: first } = await create(receiver.url)
  const { secret } = (await call(`POST /${id}/secret-rotation`)).result
  const stored = JSON.stringify(await database.db.selectFrom('webhooks').selectAll().execute())
  for (const each of [first, secret]) assert(!stored.includes(each.slice('whsec_'.length)), stored)
  const young = new Secret(Buffer.alloc(32, 7).toString('base64'))
  const changed = openSealing([young, new Secret(TEST_SECRET_KEY)])
  await sealAnew({ database, telemetry, sealing: changed })
  send(t, { sealing: openSealing([young]) })
  await finish()
  await until(async () => (await deliveries(id))[0].status === 'DELIVERED')
  const [{ body, headers }] = receiver.received as [Received]
  for (const each of [first, secret]) new Verifier(each).verify(body, headers)
})

test('a secret that no key opens is told as ours, and a new one is sent with', async (t) => {
  const receiver = await openReceiver(t)
  const { call, create, finish, deliveries } = await newOrganization()
  const { id } = await create(receiver.url)
  const other = openSealing([new Secret(Buffer.alloc(32, 8).toString('base64'))])
  await database.db
    .updateTable('webhooks')
    .set({ secret: other.seal(new Secret('whsec_lost'), `webhook ${id}`) })
    .execute()
  await sealAnew({ database, telemetry, sealing })
  assert.match(logged.at(-1) ?? '', /webhook secret cannot be read/)
  send(t)
  await finish()
  await until(async () => (await deliveries(id))[0].problem !== undefined)
  const [delivery] = await deliveries(id)
  assert.equal(delivery.status, 'PENDING')
  assert.match(delivery.problem, /not the receiver’s fault.*rotate-secret/)
  assert.equal(receiver.received.length, 0)
  const { secret } = (await call(`POST /${id}/secret-rotation`)).result
  await call(`POST /${id}/deliveries/${delivery.id}/replay`)
  await until(() => receiver.received.length === 1)
  const [{ body, headers }] = receiver.received as [Received]
  new Verifier(secret).verify(body, headers)
})

test('secrets from before there were keys are sealed at the start, and sign as before', async (t) => {
  const receiver = await openReceiver(t)
  const { create, finish } = await newOrganization()
  const { secret } = await create(receiver.url)
  await database.db.updateTable('webhooks').set({ secret }).execute()
  await sealAnew({ database, telemetry, sealing })
  const stored = await database.db.selectFrom('webhooks').select('secret').executeTakeFirstOrThrow()
  assert(sealing.isCurrent(stored.secret))
  send(t)
  await finish()
  await until(() => receiver.received.length === 1)
  const [{ body, headers }] = receiver.received as [Received]
  new Verifier(secret).verify(body, headers)
})

test('an event reaches those who asked for it, signed, with ids of their organization alone', async (t) => {
  const [asked, notAsked, off, strangers] = [
    await openReceiver(t),
    await openReceiver(t),
    await openReceiver(t),
    await openReceiver(t),
  ]
  const [owner, stranger] = [await newOrganization(), await newOrganization()]
  const { id, secret } = await owner.create(asked.url)
  const { id: notId } = await owner.create(notAsked.url, { events: ['export.failed'] })
  const { id: offId } = await owner.create(off.url, { enabled: false })
  const { id: strangersId } = await stranger.create(strangers.url)
  const exportTaskId = await owner.finish()
  send(t)
  await until(async () => (await owner.deliveries(id))[0].status === 'DELIVERED')
  const [{ headers, body }] = asked.received as [Received]
  const message = new Verifier(secret).verify(body, headers) as Record<string, unknown>
  assert.deepEqual(message.data, { organizationId: owner.id, exportTaskId })
  assert.equal(message.type, 'export.finished')
  assert.match(String(message.timestamp), /^\d{4}-\d\d-\d\dT.*Z$/)
  const [delivery] = await owner.deliveries(id)
  assert.deepEqual(
    [delivery.id, delivery.payload, delivery.responseCode, delivery.attempts],
    [headers['webhook-id'], body, 200, 1],
  )
  assert.throws(() => new Verifier(secret).verify(`${body} `, headers), /signature/i)
  for (const [whose, of] of [
    [owner, notId],
    [owner, offId],
    [stranger, strangersId],
  ] as const)
    assert.deepEqual(await whose.deliveries(of), [])
})

test('an event whose transaction fails is told to nobody', async (t) => {
  const receiver = await openReceiver(t)
  const { scope, create, deliveries } = await newOrganization()
  const { id } = await create(receiver.url)
  const failing = scope.transaction(async (tx) => {
    await enqueueEvent(tx, { type: 'export.finished', data: { exportTaskId: randomUUID() } })
    throw new Error('the change failed')
  })
  await assert.rejects(failing, /the change failed/)
  assert.deepEqual(await deliveries(id), [])
})

test('what a receiver refuses is tried again later, under the same id and a new time', async (t) => {
  const receiver = await openReceiver(t, status(503))
  const { create, finish, deliveries } = await newOrganization()
  const { id, secret } = await create(receiver.url)
  await finish()
  send(t)
  const first = async () => (await deliveries(id))[0]
  await until(async () => (await first()).attempts === 1)
  const { status: pending, responseCode, nextAttemptAt } = await first()
  assert.deepEqual([pending, responseCode], ['PENDING', 503])
  assert(Date.parse(nextAttemptAt) > clock.now().getTime())
  receiver.answering = status(204)
  passedMs += 10_000
  await until(async () => (await first()).status === 'DELIVERED')
  const [before, later] = receiver.received as [Received, Received]
  assert.equal(later.headers['webhook-id'], before.headers['webhook-id'])
  assert.notEqual(later.headers['webhook-timestamp'], before.headers['webhook-timestamp'])
  new Verifier(secret).verify(later.body, later.headers)
  assert.equal((await first()).nextAttemptAt, undefined)
})

test('a redirect is not followed', async (t) => {
  const elsewhere = await openReceiver(t)
  const receiver = await openReceiver(t, (_, response) =>
    response.writeHead(307, { location: elsewhere.url }).end(),
  )
  const { create, finish, deliveries } = await newOrganization()
  const { id } = await create(receiver.url)
  await finish()
  send(t)
  await until(async () => (await deliveries(id))[0].attempts === 1)
  const [delivery] = await deliveries(id)
  assert.deepEqual([delivery.responseCode, delivery.status], [307, 'PENDING'])
  assert.equal(elsewhere.received.length, 0)
})

test('after its last attempt a delivery has failed; a replay sends it again, under the same id', async (t) => {
  const receiver = await openReceiver(t, status(500))
  const { call, create, finish, deliveries } = await newOrganization()
  const { id } = await create(receiver.url)
  await finish()
  const first = async () => (await deliveries(id))[0]
  send(t)
  for (let attempts = 1; attempts <= attemptsMax; attempts += 1) {
    await until(async () => (await first()).attempts === attempts)
    passedMs += 31 * 3_600_000
  }
  assert.equal((await first()).status, 'FAILED')
  receiver.answering = status(200)
  const { id: deliveryId } = await first()
  const replayed = await call(`POST /${id}/deliveries/${deliveryId}/replay`)
  assert.deepEqual([replayed.status, replayed.result.status], [200, 'PENDING'])
  await until(async () => (await first()).status === 'DELIVERED')
  const ids = new Set(receiver.received.map(({ headers }) => headers['webhook-id']))
  assert.deepEqual([...ids], [deliveryId])
})

for (const code of [200, 500])
  test(`a replay that is asked for during an attempt is sent, though that ends with ${code}`, async (t) => {
    const held: ServerResponse[] = []
    const receiver = await openReceiver(t, (_, response) => held.push(response))
    const { call, create, finish, deliveries } = await newOrganization()
    const { id } = await create(receiver.url)
    await finish()
    send(t)
    await until(() => held.length === 1)
    passedMs += 1000
    const [{ id: deliveryId }] = await deliveries(id)
    assert.equal((await call(`POST /${id}/deliveries/${deliveryId}/replay`)).status, 200)
    receiver.answering = status(204)
    held[0]?.writeHead(code).end()
    await until(async () => (await deliveries(id))[0].responseCode === 204)
    const [delivery] = await deliveries(id)
    assert.deepEqual([delivery.status, delivery.attempts], ['DELIVERED', 2])
  })

test('a receiver that is gone is not told again until its owner switches it on', async (t) => {
  const receiver = await openReceiver(t, status(410))
  const { call, create, finish, deliveries } = await newOrganization()
  const { id } = await create(receiver.url)
  await finish()
  send(t)
  await until(async () => (await deliveries(id))[0].status === 'FAILED')
  const gone = (await call(`GET /${id}`)).result
  assert.equal(gone.enabled, false)
  assert.match(gone.disabledBecause, /410/)
  await finish()
  assert.equal((await deliveries(id)).length, 1)
  const on = await call(`PATCH /${id}`, { enabled: true })
  assert.deepEqual([on.result.enabled, on.result.disabledBecause], [true, undefined])
})

test('after a rotation both secrets sign for a day, then the new one alone', async (t) => {
  const receiver = await openReceiver(t)
  const { call, create, finish } = await newOrganization()
  const { id, secret: old } = await create(receiver.url)
  const rotated = (await call(`POST /${id}/secret-rotation`)).result
  assert.notEqual(rotated.secret, old)
  assert(rotated.oldSecretUntil)
  await finish()
  send(t)
  await until(() => receiver.received.length === 1)
  const [{ body, headers }] = receiver.received as [Received]
  for (const secret of [old, rotated.secret]) new Verifier(secret).verify(body, headers)
  passedMs += 25 * 3_600_000
  await finish()
  await until(() => receiver.received.length === 2)
  assert.equal(receiver.received[1]?.headers['webhook-signature']?.split(' ').length, 1)
})

test('a stored URL whose host is private is not connected to, unless the operator allows it', async (t) => {
  const receiver = await openReceiver(t)
  const { create, finish, deliveries } = await newOrganization()
  const { id } = await create(receiver.url)
  await finish()
  send(t, { allowsPrivateAddresses: false })
  await until(async () => (await deliveries(id))[0].attempts === 1)
  const [{ problem, responseCode }] = await deliveries(id)
  assert.match(problem, /not public/)
  assert.deepEqual([responseCode, receiver.received.length], [undefined, 0])
})

test('several processes send each delivery once', async (t) => {
  const receiver = await openReceiver(t)
  const { create, finish } = await newOrganization()
  await create(receiver.url)
  for (let each = 0; each < 30; each += 1) await finish()
  for (let each = 0; each < 3; each += 1) send(t)
  await until(() => receiver.received.length >= 30)
  await until(async () => (await claimDelivery(database, clock)) === undefined)
  const ids = new Set(receiver.received.map(({ headers }) => headers['webhook-id']))
  assert.deepEqual([ids.size, receiver.received.length], [30, 30])
})

test('what a process that died had taken is sent by another', async (t) => {
  const receiver = await openReceiver(t)
  const { create, finish, deliveries } = await newOrganization()
  const { id } = await create(receiver.url)
  await finish()
  const claimed = await claimDelivery(database, clock)
  assert.equal(claimed?.webhookId, id)
  assert.equal(await claimDelivery(database, clock), undefined)
  passedMs += 61_000
  send(t)
  await until(async () => (await deliveries(id))[0].status === 'DELIVERED')
})

test('receivers that do not answer keep no other organization waiting', async (t) => {
  const silent = await openReceiver(t, () => {})
  const quick = await openReceiver(t)
  for (let each = 0; each < 4; each += 1) {
    const slow = await newOrganization()
    await slow.create(silent.url)
    for (let messages = 0; messages < 5; messages += 1) await slow.finish()
  }
  send(t)
  await until(() => silent.received.length === 12)
  const other = await newOrganization()
  const { id } = await other.create(quick.url)
  await other.finish()
  await until(async () => (await other.deliveries(id))[0].status === 'DELIVERED')
  assert.equal(silent.received.length, 12)
})

test('organizations take turns, the one with the fewest under way first, however long a backlog is', async () => {
  const organizationOf = async (messages: number) => {
    const { id, create, finish } = await newOrganization()
    await create('https://example.com/')
    for (let each = 0; each < messages; each += 1) await finish()
    passedMs += 1
    return id
  }
  const [first, second] = [await organizationOf(5), await organizationOf(5)]
  const later = await organizationOf(1)
  const claim = async () => {
    passedMs += 1
    return (await claimDelivery(database, clock))?.organizationId
  }
  assert.deepEqual([await claim(), await claim()], [first, second])
  await database.db
    .updateTable('webhook_deliveries')
    .set({ lease_id: null, lease_until: null })
    .where('organization_id', '=', first)
    .execute()
  assert.equal(await claim(), later, 'it has waited longer for a turn than what was first')
  const rest = []
  for (let each = 0; each < 6; each += 1) rest.push(await claim())
  assert.deepEqual(rest, [first, second, first, second, first, undefined])
})

test('what an organization waits for is a turn, however long its backlog is', async () => {
  const { call, create, finish } = await newOrganization()
  const { id } = await create('https://example.com/')
  const waitsMinutes = async () => {
    const { turnAwaitedSince } = await readWaiting(database, clock)
    if (turnAwaitedSince === undefined) return undefined
    return Math.floor((clock.now().getTime() - turnAwaitedSince.getTime()) / 60_000)
  }
  assert.equal(await waitsMinutes(), undefined)
  for (let each = 0; each < 3; each += 1) await finish()
  passedMs += 600_000
  assert.equal(await waitsMinutes(), 10)
  await claimDelivery(database, clock)
  assert.equal(await waitsMinutes(), 0)
  passedMs += 120_000
  assert.equal(await waitsMinutes(), 2)
  await call(`PATCH /${id}`, { enabled: false })
  assert.equal(await waitsMinutes(), undefined)
})

test('what a process has under way when it is stopped is not counted, and another sends it at once', async (t) => {
  const silent = await openReceiver(t, () => {})
  const { create, finish, deliveries } = await newOrganization()
  const { id } = await create(silent.url)
  await finish()
  const stopped = send(t)
  await until(() => silent.received.length === 1)
  await stopped[Symbol.asyncDispose]()
  assert.equal((await deliveries(id))[0].attempts, 0)
  silent.answering = status(204)
  send(t)
  await until(async () => (await deliveries(id))[0].status === 'DELIVERED')
  assert.equal((await deliveries(id))[0].attempts, 1)
})

test('a deleted webhook is told nothing more, and deliveries are kept for 30 days', async (t) => {
  const receiver = await openReceiver(t, status(500))
  const { call, create, finish, deliveries } = await newOrganization()
  const [deleted, kept] = [await create(receiver.url), await create(receiver.url)]
  await finish()
  assert.equal((await call(`DELETE /${deleted.id}`)).status, 200)
  assert.equal((await call(`GET /${deleted.id}`)).status, 404)
  await call(`PATCH /${kept.id}`, { enabled: false })
  send(t)
  passedMs += 29 * 86_400_000
  assert.equal((await deliveries(kept.id)).length, 1)
  passedMs += 2 * 86_400_000
  await until(async () => (await deliveries(kept.id)).length === 0)
  assert.equal(receiver.received.length, 0)
})

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { openTestDatabase } from '#testing'
import { externalIdsOf, getOutput, type ProofOutcome } from '../outputs.ts'
import { type Answer, OUTPUTS, openTestApp, roleOf, type TestApp, wordsOf } from '../test-app.ts'

// Rotations on a database whose roles are faked: which ids each opens for is what a test says. What AWS
// answers is the proof's to judge, and is tested there.

const trusts = new Map<string, readonly string[]>()
let isUnclear = false
/** Runs while a role is asked: what others do meanwhile. */
let meanwhile = async () => {}

async function ask(
  roleArn: string,
  isPassed: (ids: readonly string[]) => boolean,
): Promise<ProofOutcome> {
  const act = meanwhile
  meanwhile = async () => {}
  await act()
  const message = `The role ${roleArn} was asked.`
  if (isUnclear) return { verdict: 'INCONCLUSIVE', message }
  if (isPassed(trusts.get(roleArn) ?? [])) return { verdict: 'PASSED', message }
  return { verdict: 'FAILED', message, remedy: 'Change the trust policy.' }
}

let app: TestApp
before(async () => {
  app = await openTestApp({
    openDatabase: openTestDatabase,
    allowsCustom: true,
    proof: {
      opensWith: (_scope, { roleArn }, id) => ask(roleArn, (ids) => ids.includes(id)),
      refuses: (_scope, { roleArn }, id) => ask(roleArn, (ids) => !ids.includes(id)),
    },
  })
})
after(() => app[Symbol.asyncDispose]())
beforeEach(() => {
  trusts.clear()
  isUnclear = false
  meanwhile = async () => {}
})

const verbs = {
  start: (id: string) => `POST ${OUTPUTS}/${id}/external-id-rotation`,
  get: (id: string) => `GET ${OUTPUTS}/${id}/external-id-rotation`,
  promote: (id: string) => `POST ${OUTPUTS}/${id}/external-id-rotation/promotion`,
  retire: (id: string) => `POST ${OUTPUTS}/${id}/external-id-rotation/retirement`,
  cancel: (id: string) => `DELETE ${OUTPUTS}/${id}/external-id-rotation`,
}
type Verb = keyof typeof verbs

async function rotate(organization: string, verb: Verb, outputId: string): Promise<Answer> {
  return app.call(organization, verbs[verb](outputId))
}

/** The verb's result, when it must succeed. */
async function done(organization: string, verb: Verb, outputId: string) {
  const { status, result, message } = await rotate(organization, verb, outputId)
  assert.equal(status, verb === 'start' ? 201 : 200, message)
  return result
}

async function newOutput(more: object = {}) {
  const organization = await app.newOrganization()
  const roleArn = roleOf(`r-${randomUUID()}`)
  const output = await app.create(organization, { roleArn, ...more })
  trusts.set(output.roleArn, [output.externalId])
  return { organization, output }
}

/** The ids that an export would use, and those that are retired. */
async function idsOf(organization: string, outputId: string) {
  const scope = app.scopeOf(organization)
  const rows = await scope
    .selectFrom('external_ids')
    .select('external_id')
    .where('retired_at', 'is not', null)
    .execute()
  const { current, fallback } = externalIdsOf(await getOutput(scope, outputId))
  return { current, fallback, retired: rows.map(({ external_id }) => external_id).sort() }
}

test('another organization’s output and its rotation do not exist, word for word, for each verb', async () => {
  const { organization, output } = await newOutput()
  const stranger = await app.newOrganization()
  const compare = async () => {
    for (const verb of Object.keys(verbs) as Verb[]) {
      const ofOurs = await rotate(stranger, verb, output.id)
      const ofNothing = await rotate(stranger, verb, randomUUID())
      assert.deepEqual([ofOurs.status, wordsOf(ofOurs)], [404, wordsOf(ofNothing)], verb)
    }
  }
  await compare()
  await done(organization, 'start', output.id)
  await compare()
  assert.equal((await done(organization, 'get', output.id)).step, 'NEXT_ISSUED')
})

for (const mode of ['GENERATED', 'CUSTOM', 'GLOBAL'])
  test(`${mode}: at each step the role’s id is one that an export uses, and at the end the old is retired`, async () => {
    const chosen = mode === 'CUSTOM' ? { externalId: `chosen-${randomUUID()}` } : {}
    const { organization, output } = await newOutput({ externalIdMode: mode, ...chosen })
    const { id, roleArn, externalId: old } = output
    const { nextExternalId: next, ...started } = await done(organization, 'start', id)
    assert.deepEqual([started.step, started.oldExternalId], ['NEXT_ISSUED', old])
    assert.equal(started.outputId, mode === 'GLOBAL' ? undefined : id)
    const read = async () => (await app.call(organization, `GET ${OUTPUTS}/${id}`)).result
    assert.deepEqual(
      [(await read()).externalId, (await read()).nextExternalId, (await read()).previousExternalId],
      [old, next, undefined],
    )
    assert.deepEqual(await idsOf(organization, id), { current: old, fallback: next, retired: [] })
    trusts.set(roleArn, [old, next])
    assert.equal((await done(organization, 'promote', id)).step, 'PROMOTED')
    const listed = (await app.call(organization, `GET ${OUTPUTS}`)).result.items[0]
    assert.deepEqual(
      [listed.externalId, listed.nextExternalId, listed.previousExternalId, listed.externalIdMode],
      [next, undefined, old, mode === 'CUSTOM' ? 'GENERATED' : mode],
    )
    assert.deepEqual(await idsOf(organization, id), { current: next, fallback: old, retired: [] })
    trusts.set(roleArn, [next])
    const ended = await done(organization, 'retire', id)
    assert.deepEqual([ended.step, typeof ended.endedAt], ['RETIRED', 'string'])
    const after = { current: next, fallback: undefined, retired: [old] }
    assert.deepEqual(await idsOf(organization, id), after)
    assert.equal((await done(organization, 'get', id)).step, 'RETIRED')
    assert.notEqual((await done(organization, 'start', id)).nextExternalId, old)
  })

test('nothing is promoted that the role does not open for, nor retired that it does not refuse', async () => {
  const { organization, output } = await newOutput()
  const { id, roleArn, externalId: old } = output
  const { nextExternalId: next } = await done(organization, 'start', id)
  const early = await rotate(organization, 'promote', id)
  assert.equal(early.status, 409)
  assert.match(early.message, /Nothing was changed.*Change the trust policy/)
  assert.equal(early.details[0]?.field, id)
  assert.equal((await rotate(organization, 'retire', id)).status, 409)
  trusts.set(roleArn, [old, next])
  await done(organization, 'promote', id)
  assert.equal((await rotate(organization, 'retire', id)).status, 409)
  // A role that refuses everything, since it is gone, does not prove that it refuses the old id.
  trusts.delete(roleArn)
  assert.equal((await rotate(organization, 'retire', id)).status, 409)
  assert.deepEqual(await idsOf(organization, id), { current: next, fallback: old, retired: [] })
})

test('where AWS gave no clear answer nothing moves, and that is nobody’s fault', async () => {
  const { organization, output } = await newOutput()
  const { nextExternalId: next } = await done(organization, 'start', output.id)
  trusts.set(output.roleArn, [output.externalId, next])
  isUnclear = true
  assert.equal((await rotate(organization, 'promote', output.id)).status, 503)
  isUnclear = false
  await done(organization, 'promote', output.id)
  trusts.set(output.roleArn, [next])
  isUnclear = true
  assert.equal((await rotate(organization, 'retire', output.id)).status, 503)
  assert.equal((await done(organization, 'get', output.id)).step, 'PROMOTED')
})

test('a rotation is cancelled at each step but the last, and the next id never returns', async () => {
  const { organization, output } = await newOutput()
  const { id, roleArn, externalId: old } = output
  const none = await rotate(organization, 'cancel', id)
  assert.equal(none.status, 404)
  const { nextExternalId: first } = await done(organization, 'start', id)
  assert.equal((await rotate(organization, 'start', id)).status, 409)
  assert.equal((await done(organization, 'cancel', id)).step, 'CANCELLED')
  assert.equal((await done(organization, 'cancel', id)).step, 'CANCELLED')
  const { nextExternalId: second } = await done(organization, 'start', id)
  trusts.set(roleArn, [old, second])
  await done(organization, 'promote', id)
  assert.equal((await done(organization, 'cancel', id)).step, 'CANCELLED')
  const retired = [first, second].sort()
  assert.deepEqual(await idsOf(organization, id), { current: old, fallback: undefined, retired })
  const { nextExternalId: third } = await done(organization, 'start', id)
  trusts.set(roleArn, [third])
  await done(organization, 'promote', id)
  await done(organization, 'retire', id)
  const late = await rotate(organization, 'cancel', id)
  assert.deepEqual([late.status, /RETIRED, which is for good/.test(late.message)], [409, true])
  assert.equal(new Set([old, first, second, third]).size, 4)
})

test('GLOBAL: all outputs rotate together, new ones too, and one role that is not ready stops them all', async () => {
  const organization = await app.newOrganization()
  const create = async () => {
    const roleArn = roleOf(`r-${randomUUID()}`)
    return app.create(organization, { externalIdMode: 'GLOBAL', roleArn })
  }
  const [first, second] = [await create(), await create()]
  const generated = await app.create(organization)
  const { externalId: old } = first
  const { nextExternalId: next } = await done(organization, 'start', first.id)
  assert.equal((await rotate(organization, 'start', second.id)).status, 409)
  const third = await create()
  assert.deepEqual([third.externalId, third.nextExternalId], [old, next])
  for (const { roleArn } of [first, second]) trusts.set(roleArn, [old, next])
  trusts.set(third.roleArn, [old])
  const early = await rotate(organization, 'promote', second.id)
  assert.deepEqual([early.status, early.details.map(({ field }) => field)], [409, [third.id]])
  trusts.set(third.roleArn, [old, next])
  await done(organization, 'promote', third.id)
  const fourth = await create()
  assert.deepEqual([fourth.externalId, fourth.previousExternalId], [next, old])
  const all = [first, second, third, fourth]
  for (const { id } of all)
    assert.deepEqual(await idsOf(organization, id), { current: next, fallback: old, retired: [] })
  for (const { roleArn } of all) trusts.set(roleArn, [next])
  trusts.set(first.roleArn, [old, next])
  assert.equal((await rotate(organization, 'retire', fourth.id)).status, 409)
  trusts.set(first.roleArn, [next])
  await done(organization, 'retire', fourth.id)
  for (const { id } of [...all, await create()])
    assert.deepEqual(await idsOf(organization, id), {
      current: next,
      fallback: undefined,
      retired: [old],
    })
  const { current, fallback } = await idsOf(organization, generated.id)
  assert.deepEqual([current, fallback], [generated.externalId, undefined])
})

test('GLOBAL: cancelled after the promotion, all outputs have the old id again', async () => {
  const { organization, output } = await newOutput({ externalIdMode: 'GLOBAL' })
  const { nextExternalId: next } = await done(organization, 'start', output.id)
  trusts.set(output.roleArn, [output.externalId, next])
  await done(organization, 'promote', output.id)
  await app.call(organization, `DELETE ${OUTPUTS}/${output.id}`)
  const later = await app.create(organization, { externalIdMode: 'GLOBAL' })
  assert.equal(later.externalId, next)
  await done(organization, 'cancel', later.id)
  const expected = { current: output.externalId, fallback: undefined, retired: [next] }
  assert.deepEqual(await idsOf(organization, later.id), expected)
})

test('an output that is created while the roles are asked is not promoted unasked', async () => {
  const { organization, output } = await newOutput({ externalIdMode: 'GLOBAL' })
  const { nextExternalId: next } = await done(organization, 'start', output.id)
  trusts.set(output.roleArn, [output.externalId, next])
  meanwhile = async () => {
    await app.create(organization, { externalIdMode: 'GLOBAL' })
  }
  const { status, message } = await rotate(organization, 'promote', output.id)
  assert.deepEqual([status, /was created while the roles were asked/.test(message)], [409, true])
  assert.equal((await done(organization, 'get', output.id)).step, 'NEXT_ISSUED')
})

test('a rotation that was cancelled, or replaced, while the role was asked is not promoted', async () => {
  const { organization, output } = await newOutput()
  const { id, roleArn, externalId } = output
  const { nextExternalId: first } = await done(organization, 'start', id)
  trusts.set(roleArn, [externalId, first])
  meanwhile = () => done(organization, 'cancel', id)
  assert.equal((await rotate(organization, 'promote', id)).status, 409)
  const { nextExternalId: second } = await done(organization, 'start', id)
  trusts.set(roleArn, [externalId, second])
  meanwhile = async () => {
    await done(organization, 'cancel', id)
    await done(organization, 'start', id)
  }
  assert.equal((await rotate(organization, 'promote', id)).status, 409)
  const { current } = await idsOf(organization, id)
  assert.equal(current, externalId)
})

test('whatever dies between two steps leaves a rotation that goes on from the one before', async () => {
  const { organization, output } = await newOutput()
  const { id, roleArn, externalId: old } = output
  const dies = () => Promise.reject(new Error('The process ends here.'))
  const { nextExternalId: next } = await done(organization, 'start', id)
  trusts.set(roleArn, [old, next])
  meanwhile = dies
  assert.equal((await rotate(organization, 'promote', id)).status, 500)
  assert.deepEqual(await idsOf(organization, id), { current: old, fallback: next, retired: [] })
  await done(organization, 'promote', id)
  trusts.set(roleArn, [next])
  meanwhile = dies
  assert.equal((await rotate(organization, 'retire', id)).status, 500)
  assert.deepEqual(await idsOf(organization, id), { current: next, fallback: old, retired: [] })
  // An answer that was lost: whoever asks again finds the step done.
  const first = await done(organization, 'retire', id)
  assert.deepEqual(await done(organization, 'retire', id), first)
})

test('two promotions at once are one; two starts at once are one rotation', async () => {
  const { organization, output } = await newOutput()
  const both = (verb: Verb) => Promise.all([1, 2].map(() => rotate(organization, verb, output.id)))
  const starts = await both('start')
  assert.deepEqual(starts.map(({ status }) => status).sort(), [201, 409])
  const { nextExternalId: next } = await done(organization, 'get', output.id)
  trusts.set(output.roleArn, [output.externalId, next])
  const promotions = await both('promote')
  assert.deepEqual(
    promotions.map(({ result }) => [result.step, result.nextExternalId]),
    [
      ['PROMOTED', next],
      ['PROMOTED', next],
    ],
  )
  assert.deepEqual(promotions[0]?.result, promotions[1]?.result)
  trusts.set(output.roleArn, [next])
  const retirements = await both('retire')
  assert.deepEqual(
    retirements.map(({ result }) => result.step),
    ['RETIRED', 'RETIRED'],
  )
})

test('cancel against promote, and against retire, at once: one wins, and the ids fit to it', async () => {
  for (const verb of ['promote', 'retire'] as const)
    for (let round = 0; round < 5; round++) {
      const { organization, output } = await newOutput()
      const { id, roleArn, externalId: old } = output
      const { nextExternalId: next } = await done(organization, 'start', id)
      trusts.set(roleArn, [old, next])
      if (verb === 'retire') await done(organization, 'promote', id)
      if (verb === 'retire') trusts.set(roleArn, [next])
      await Promise.all([rotate(organization, verb, id), rotate(organization, 'cancel', id)])
      const { step } = await done(organization, 'get', id)
      const { current, fallback, retired } = await idsOf(organization, id)
      // A promotion that comes first is undone by the cancelling that waits for it.
      const expected = step === 'RETIRED' ? [next, old] : [old, next]
      assert(['RETIRED', 'CANCELLED'].includes(step))
      assert.deepEqual([current, fallback, retired], [expected[0], undefined, [expected[1]]])
    }
})

test('an output that is deleted while its id moves ends the rotation; nobody waits for the other for ever', async () => {
  for (let round = 0; round < 5; round++) {
    const { organization, output } = await newOutput()
    const { nextExternalId: next } = await done(organization, 'start', output.id)
    trusts.set(output.roleArn, [output.externalId, next])
    const [promotion, deletion] = await Promise.all([
      rotate(organization, 'promote', output.id),
      app.call(organization, `DELETE ${OUTPUTS}/${output.id}`),
    ])
    assert.equal(deletion.status, 200)
    assert([200, 404, 409].includes(promotion.status))
    const scope = app.scopeOf(organization)
    const ids = scope.selectFrom('external_ids').where('retired_at', 'is', null)
    const rotations = scope.selectFrom('external_id_rotations').where('ended_at', 'is', null)
    assert.deepEqual(await ids.selectAll().execute(), [])
    assert.deepEqual(await rotations.selectAll().execute(), [])
  }
})

test('outputs that share an id are rotated, deleted and created at once without a failure of ours', async () => {
  const chosen = { externalIdMode: 'CUSTOM', externalId: `chosen-${randomUUID()}` }
  for (const shared of [{ externalIdMode: 'GLOBAL' }, chosen]) {
    const { organization, output } = await newOutput(shared)
    const others = await Promise.all([1, 2, 3].map(() => app.create(organization, shared)))
    const { nextExternalId: next } = await done(organization, 'start', output.id)
    trusts.set(output.roleArn, [output.externalId, next])
    for (const { roleArn } of others) trusts.set(roleArn, [output.externalId, next])
    const answers = await Promise.all([
      rotate(organization, 'promote', output.id),
      ...others.map(({ id }) => app.call(organization, `DELETE ${OUTPUTS}/${id}`)),
      app.call(organization, `POST ${OUTPUTS}`, {
        ...{ bucketName: 'my-bucket', roleArn: output.roleArn },
        ...shared,
      }),
      rotate(organization, 'cancel', output.id),
    ])
    assert(answers.every(({ status }) => status < 500))
    const { current, fallback, retired } = await idsOf(organization, output.id)
    assert.deepEqual([current, fallback, retired], [output.externalId, undefined, [next]])
  }
})

test('an output that is deleted takes both ids of its rotation with it, at each step', async () => {
  for (const isPromoted of [false, true]) {
    const { organization, output } = await newOutput()
    const { nextExternalId: next } = await done(organization, 'start', output.id)
    trusts.set(output.roleArn, [output.externalId, next])
    if (isPromoted) await done(organization, 'promote', output.id)
    await app.call(organization, `DELETE ${OUTPUTS}/${output.id}`)
    const rows = await app
      .scopeOf(organization)
      .selectFrom('external_ids')
      .select('external_id')
      .where('retired_at', 'is', null)
      .execute()
    assert.deepEqual(rows, [])
    assert.equal((await rotate(organization, 'get', output.id)).status, 404)
  }
})

test('a CUSTOM id that two outputs share is retired when the last of them has let go', async () => {
  const externalId = `chosen-${randomUUID()}`
  const { organization, output } = await newOutput({ externalIdMode: 'CUSTOM', externalId })
  const other = await app.create(organization, { externalIdMode: 'CUSTOM', externalId })
  const { nextExternalId: next } = await done(organization, 'start', output.id)
  assert.equal(other.nextExternalId, undefined)
  trusts.set(output.roleArn, [externalId, next])
  await done(organization, 'promote', output.id)
  await app.call(organization, `DELETE ${OUTPUTS}/${other.id}`)
  const { current, fallback, retired } = await idsOf(organization, output.id)
  assert.deepEqual([current, fallback, retired], [next, externalId, []])
  await done(organization, 'cancel', output.id)
  const { externalIdMode } = await getOutput(app.scopeOf(organization), output.id)
  assert.equal(externalIdMode, 'CUSTOM')
  assert.deepEqual(await idsOf(organization, output.id), {
    current: externalId,
    fallback: undefined,
    retired: [next],
  })
})

test('GLOBAL outputs that are created while the id is promoted all have the present one', async () => {
  const { organization, output } = await newOutput({ externalIdMode: 'GLOBAL' })
  const { nextExternalId: next } = await done(organization, 'start', output.id)
  trusts.set(output.roleArn, [output.externalId, next])
  const create = () => app.create(organization, { externalIdMode: 'GLOBAL' })
  const [promotion] = await Promise.all([
    rotate(organization, 'promote', output.id),
    ...Array.from({ length: 6 }, create),
  ])
  const { items } = (await app.call(organization, `GET ${OUTPUTS}`)).result
  assert.equal(items.length, 7)
  const present = promotion.status === 200 ? next : output.externalId
  for (const { externalId } of items) assert.equal(externalId, present)
})

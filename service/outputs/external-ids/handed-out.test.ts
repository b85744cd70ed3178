import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openTestDatabase } from '#testing'
import { EXTERNAL_IDS, OUTPUTS, openTestApp, roleOf, type TestApp, wordsOf } from '../test-app.ts'
import { WAITING_COUNT_MAX } from './handed-out.ts'

// Ids that are handed out before there is an output, and ids of a customer's own choice.

const neverAsked = () => Promise.reject(new Error('No role is asked here.'))
const proof = { opensWith: neverAsked, refuses: neverAsked }
let strict: TestApp
let app: TestApp
before(async () => {
  strict = await openTestApp({ openDatabase: openTestDatabase, proof, allowsCustom: false })
  app = await openTestApp({ openDatabase: openTestDatabase, proof, allowsCustom: true })
})
after(async () => {
  await strict[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const bodyOf = (more: object) => ({ bucketName: 'my-bucket', roleArn: roleOf('export'), ...more })

async function handOut(from: TestApp, organization: string): Promise<string> {
  const { status, result } = await from.call(organization, `POST ${EXTERNAL_IDS}`)
  assert.equal(status, 201)
  return result.externalId
}

test('an id that was not handed out to the organization is refused in the words for one that never was', async () => {
  const [ours, theirs] = [await strict.newOrganization(), await strict.newOrganization()]
  const used = await handOut(strict, ours)
  await strict.create(ours, { externalId: used })
  const retired = await handOut(strict, ours)
  await strict.call(ours, `DELETE ${EXTERNAL_IDS}/${retired}`)
  const ofOutput = (await strict.create(ours)).externalId
  const ofAnother = await handOut(strict, theirs)
  const waiting = await handOut(strict, ours)
  for (const externalIdMode of ['GENERATED', undefined, 'CUSTOM', 'GLOBAL']) {
    const refuse = async (externalId: string) => {
      const body = bodyOf({ externalIdMode, externalId })
      const answer = await strict.call(ours, `POST ${OUTPUTS}`, body)
      assert.equal(answer.status, 400)
      return [answer.details.map(({ field, text }) => [field, text]), wordsOf(answer)]
    }
    const expected = await refuse(randomUUID())
    const ids = [used, retired, ofOutput, ofAnother, ofAnother.toUpperCase(), waiting.toUpperCase()]
    for (const id of ids) assert.deepEqual(await refuse(id), expected)
  }
  assert.equal((await strict.call(ours, `GET ${EXTERNAL_IDS}/${waiting}`)).status, 200)
})

test('another organization’s handed-out id does not exist, word for word, and is not listed', async () => {
  const [ours, theirs] = [await app.newOrganization(), await app.newOrganization()]
  const waiting = await handOut(app, ours)
  const used = await handOut(app, ours)
  await app.create(ours, { externalId: used })
  for (const method of ['GET', 'DELETE'])
    for (const id of [waiting, used]) {
      const stranger = await app.call(theirs, `${method} ${EXTERNAL_IDS}/${id}`)
      const unknown = await app.call(theirs, `${method} ${EXTERNAL_IDS}/${randomUUID()}`)
      assert.deepEqual([stranger.status, wordsOf(stranger)], [404, wordsOf(unknown)])
    }
  assert.equal((await app.call(theirs, `GET ${EXTERNAL_IDS}`)).result.totalCount, 0)
  assert.equal((await app.call(ours, `GET ${EXTERNAL_IDS}`)).result.totalCount, 2)
})

test('what can be no id of ours is not there, whatever is in it', async () => {
  const organization = await strict.newOrganization()
  for (const id of ['%00', 'a'.repeat(1000), '%F0%9F%A6%A6', "'"])
    for (const method of ['GET', 'DELETE'])
      assert.equal((await strict.call(organization, `${method} ${EXTERNAL_IDS}/${id}`)).status, 404)
  for (const externalId of ['\0', '', 'x'.repeat(5000)])
    for (const externalIdMode of ['GENERATED', 'CUSTOM', 'GLOBAL', undefined]) {
      const body = bodyOf({ externalIdMode, externalId })
      assert.equal((await strict.call(organization, `POST ${OUTPUTS}`, body)).status, 400)
      assert.equal((await app.call(organization, `POST ${OUTPUTS}`, body)).status, 400)
    }
})

test('what another organization’s outputs name changes no answer', async () => {
  const [ours, theirs] = [await app.newOrganization(), await app.newOrganization()]
  const same = { name: 'nightly', roleArn: roleOf('same'), bucketName: 'same-bucket' }
  const alone = await app.create(ours, same)
  await app.create(theirs, same)
  const beside = await app.create(ours, same)
  const membersOf = (output: object) => Object.keys(output).sort()
  assert.deepEqual(membersOf(beside), membersOf(alone))
  const named = await app.call(ours, `GET ${OUTPUTS}?name=nightly`)
  assert.equal(named.result.totalCount, 2)
})

for (const mode of ['GENERATED', undefined])
  test(`the id comes first and the output later, with externalIdMode ${mode}`, async () => {
    const organization = await strict.newOrganization()
    const named = { name: 'nightly', description: 'for the role of Terraform' }
    const { status, result } = await strict.call(organization, `POST ${EXTERNAL_IDS}`, named)
    assert.equal(status, 201)
    const { externalId, createdAt, principalArn, trustPolicy, ...members } = result
    const { StringEquals } = trustPolicy.Statement[0].Condition
    assert.deepEqual(StringEquals, { 'sts:ExternalId': [externalId] })
    assert.equal(principalArn, 'arn:aws:iam::111111111111:user/sluice')
    assert.match(externalId, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    assert.match(createdAt, /^2026-01-02T/)
    assert.deepEqual(members, { externalIdMode: 'GENERATED', ...named })
    const output = await strict.create(organization, { externalIdMode: mode, externalId })
    assert.deepEqual([output.externalId, output.externalIdMode], [externalId, 'GENERATED'])
    const { result: used } = await strict.call(organization, `GET ${EXTERNAL_IDS}/${externalId}`)
    assert.equal(used.outputId, output.id)
    const inUse = await strict.call(organization, `DELETE ${EXTERNAL_IDS}/${externalId}`)
    assert.equal(inUse.status, 409)
    assert(inUse.message.includes(output.id))
    await strict.call(organization, `DELETE ${OUTPUTS}/${output.id}`)
    assert.equal((await strict.call(organization, `GET ${EXTERNAL_IDS}/${externalId}`)).status, 404)
    const again = await strict.call(organization, `POST ${OUTPUTS}`, bodyOf({ externalId }))
    assert.equal(again.status, 400)
  })

test('of two outputs at once that want one handed-out id, one gets it', async () => {
  const organization = await strict.newOrganization()
  const externalId = await handOut(strict, organization)
  const create = () => strict.call(organization, `POST ${OUTPUTS}`, bodyOf({ externalId }))
  const answers = await Promise.all([create(), create(), create()])
  const statuses = answers.map(({ status }) => status).sort()
  assert.equal(statuses[0], 201)
  assert(statuses.slice(1).every((status) => [400, 409].includes(status)))
  assert.equal((await strict.call(organization, `GET ${OUTPUTS}`)).result.totalCount, 1)
})

test('only so many ids wait at once, however many are asked for together', async () => {
  const organization = await app.newOrganization()
  const asked = Array.from({ length: WAITING_COUNT_MAX + 5 }, () =>
    app.call(organization, `POST ${EXTERNAL_IDS}`),
  )
  const answers = await Promise.all(asked)
  const refused = answers.filter(({ status }) => status !== 201)
  assert.deepEqual(
    refused.map(({ status }) => status),
    Array(5).fill(409),
  )
  const ids = answers.flatMap(({ result }) => (result ? [result.externalId] : []))
  assert.equal(new Set(ids).size, WAITING_COUNT_MAX)
  await app.call(organization, `DELETE ${EXTERNAL_IDS}/${ids[0]}`)
  assert.equal((await app.call(organization, `POST ${EXTERNAL_IDS}`)).status, 201)
  await app.create(organization, { externalId: ids[1] })
  assert.equal((await app.call(organization, `POST ${EXTERNAL_IDS}`)).status, 201)
})

test('an id of one’s own choice is none that Sluice issued, nor shaped like one, in any case', async () => {
  const [ours, theirs] = [await app.newOrganization(), await app.newOrganization()]
  const choose = (organization: string, externalId: string) =>
    app.call(organization, `POST ${OUTPUTS}`, bodyOf({ externalIdMode: 'CUSTOM', externalId }))
  const issued = (await app.create(theirs)).externalId
  const shaped = [randomUUID(), randomUUID().toUpperCase(), issued, issued.toUpperCase()]
  const answers = await Promise.all(shaped.map((id) => choose(ours, id)))
  for (const { status, details } of answers) {
    assert.equal(status, 400)
    assert.match(details[0]?.text ?? '', /form of the ids that Sluice makes/)
  }
  const chosen = `Chosen-${randomUUID()}`
  assert.equal((await choose(ours, chosen)).status, 201)
  const ofAnother = await choose(theirs, chosen)
  const otherCase = await choose(theirs, chosen.toUpperCase())
  assert.deepEqual([ofAnother.status, otherCase.status], [409, 409])
  const { result } = await choose(ours, chosen)
  const own = await app.call(ours, `GET ${OUTPUTS}`)
  for (const { id } of own.result.items) await app.call(ours, `DELETE ${OUTPUTS}/${id}`)
  assert.equal(result.externalId, chosen)
  const retired = await choose(theirs, chosen)
  assert.deepEqual([retired.status, retired.message], [409, ofAnother.message])
})

test('the database itself refuses an output with another organization’s id, or a second with one id', async () => {
  const [ours, theirs] = [await app.newOrganization(), await app.newOrganization()]
  const { id, externalId } = await app.create(theirs)
  const rowOf = async (organization: string) => {
    const row = await app
      .scopeOf(theirs)
      .selectFrom('outputs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const { organization_id: _theirs, ...members } = row
    const copy = { ...members, id: randomUUID(), custom_data: '{}', external_id: externalId }
    return app.scopeOf(organization).insertInto('outputs', copy).execute()
  }
  await assert.rejects(rowOf(ours), /foreign key|violates/)
  await assert.rejects(rowOf(theirs), /outputs_one_per_generated_id/)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import sdk, { AnalyticsS3RoleBasedOutput, ExternalIdMode } from '@bitmovin/api-sdk'
import { createClient, InvalidRequestError, NotFoundError } from '@sluice/sdk'
import { openCustomer } from './customer.ts'
import { findSluice, type Organization, type Sluice } from './sluice.ts'

// The role first, with an id that was handed out before the output; and a rotation that a role refuses.

let sluice: Sluice
let ours: Organization
let theirs: Organization
before(async () => {
  sluice = await findSluice(process.env)
  ;[ours, theirs] = sluice.organizations
})
after(() => sluice[Symbol.asyncDispose]())

const clientOf = ({ apiKey }: Organization) => createClient({ apiUrl: sluice.apiUrl, apiKey })

test('a role that was made first, with a handed-out id, takes the export of an output that came later', async () => {
  using customer = openCustomer(sluice, ours)
  const client = clientOf(ours)
  const { externalId, principalArn } = await client.externalIds.create({ name: 'role first' })
  assert.equal(principalArn, sluice.servicePrincipalArn)
  const [bucketName, roleName] = [customer.newName('role-first'), customer.newName('role-first')]
  await customer.createBucket(bucketName)
  await customer.createRole(roleName, { externalId })
  const output = new AnalyticsS3RoleBasedOutput({
    bucketName,
    roleArn: customer.roleArn(roleName),
    externalIdMode: ExternalIdMode.GENERATED,
    externalId,
  })
  const outputsOf = ({ apiKey, id }: Organization) =>
    new sdk.default({ apiKey, tenantOrgId: id, baseUrl: sluice.apiUrl }).analytics.outputs
      .s3RoleBased
  await assert.rejects(outputsOf(theirs).create(output))
  await assert.rejects(clientOf(theirs).externalIds.get(externalId), NotFoundError)
  const { id: outputId = '' } = await outputsOf(ours).create(output)
  assert.equal((await client.externalIds.get(externalId)).outputId, outputId)
  const task = await client.exportTasks.create({
    name: 'role first',
    startTime: '2026-01-31T00:00:00Z',
    endTime: '2026-01-31T01:00:00Z',
    licenseKey: ours.licenseKey,
    output: { outputId, outputPath: 'day' },
  })
  const { status } = await client.exportTasks.waitUntilFinished(task.id)
  assert.equal(status, 'FINISHED')
  assert.equal((await customer.listKeys(bucketName)).length, 2)

  const { externalIdRotation: rotation } = client.outputs.s3RoleBased
  const { nextExternalId } = await rotation.start(outputId)
  await assert.rejects(clientOf(theirs).outputs.s3RoleBased.externalIdRotation.get(outputId), {
    code: 'NOT_FOUND',
  })
  const refused = rotation.promote(outputId)
  await assert.rejects(refused, (error) => {
    assert(error instanceof InvalidRequestError)
    assert(error.message.includes(nextExternalId))
    return true
  })
  assert.equal((await rotation.cancel(outputId)).step, 'CANCELLED')
  assert.equal((await client.outputs.s3RoleBased.get(outputId)).externalId, externalId)
})

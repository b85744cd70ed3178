import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { before, describe, test } from 'node:test'
import { createClient } from '@sluice/sdk'
import { runAwsScript } from '../aws-script.ts'
import { hasBrowser } from '../browser.ts'
import { openCustomer } from '../customer.ts'
import type { Organization } from '../sluice.ts'
import { type Console, type ConsolePage, withClipboard } from './open-console.ts'
import { shareConsole } from './shared-console.ts'

const HOUR_MS = 3_600_000
/** All checks, with the pause between the wrong probes. */
const VERIFICATION_MS_MAX = 60_000
const HOSTILE = '<img src=x onerror=alert(1)> [x](javascript:alert(1))'
describe('setting up an output', { skip: !hasBrowser && 'npm brings no Chromium here' }, () => {
  let console: Console
  let aurora: Organization
  before(async () => {
    console = await shareConsole()
    aurora = console.sluice.organizations[0]
  })

  test('from nothing to files in the bucket, with the copied script of the AWS CLI', async () => {
    const licenseName = await importSample()
    using customer = openCustomer(console.sluice, aurora)
    const bucketName = customer.newName('wizard')
    await using opened = await console.openPage(withClipboard)
    const { page } = opened
    await opened.signIn(aurora)
    await page.getByRole('link', { name: 'Outputs' }).click()
    await page.getByRole('link', { name: 'Set up an output' }).click()
    await page.getByRole('textbox', { name: 'Bucket', exact: true }).fill(bucketName)
    await page.getByLabel('Prefix').fill('<img onerror=x>/')
    await page.getByLabel('Name of the output').fill(HOSTILE)
    await opened.checkAccessible()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'This is your external id' }).waitFor()
    await opened.checkAccessible()
    // Left, and taken up again by what the list says of it.
    await page.getByRole('link', { name: 'Outputs' }).first().click()
    await page.getByRole('link', { name: `Go on with ${HOSTILE}` }).waitFor()
    await page.goBack()
    await page.getByLabel('Your AWS account id').fill(aurora.aws.accountId)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Custom trust policy').waitFor()
    await opened.checkAccessible()
    await page.getByRole('tab', { name: 'AWS CLI' }).click()
    await page.reload()
    const script = await opened.copy('the script')
    await runAwsScript(script, { sluice: console.sluice, organization: aurora })
    await page.getByRole('link', { name: /^5. First export/ }).click()
    await page.getByText('The role is not verified').waitFor()
    await page.getByRole('link', { name: 'Verify it first' }).click()
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('under way').waitFor()
    await page.getByRole('link', { name: 'Start the first export' }).click({
      timeout: VERIFICATION_MS_MAX,
    })
    await page
      .getByRole('radio', { name: /^The newest full hour with samples.*1 sample$/ })
      .waitFor()
    assert.equal(await page.getByRole('combobox', { name: 'License' }).inputValue(), licenseName)
    await opened.checkAccessible()
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByText('Your bucket has its first files').waitFor()
    await page.getByRole('row', { name: /00\.csv Delivered 1$/ }).waitFor()
    await opened.checkAccessible()
    const keys = await customer.listKeys(bucketName)
    assert(keys.some((key) => /^<img onerror=x>\/first-export\/.*\.csv$/.test(key)))
  })

  test('a broken trust policy is found, mended with the shown JSON, and then rotated', async () => {
    using customer = openCustomer(console.sluice, aurora)
    const roleName = customer.newName('broken')
    const output = await createOutput(customer, roleName)
    await customer.createRole(roleName, { externalId: undefined })
    await using opened = await console.openPage(withClipboard)
    const { page } = opened
    await opened.signIn(aurora, `${pageOf(output.id)}/verification`)
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('does not ask for an external id').first().waitFor()
    await opened.checkAccessible()
    const corrected = await opened.copy('the corrected trust policy')
    await page.getByText('See it beside the one that is there now').click()
    const present = JSON.stringify({
      Role: { AssumeRolePolicyDocument: openTo(output.principalArn) },
    })
    await page.getByLabel('The present trust policy').fill(present)
    const added = page.getByRole('row').filter({ hasText: 'Added' })
    await added.filter({ hasText: output.externalId }).waitFor()
    await opened.checkAccessible()
    await customer.saveTrustPolicy(roleName, corrected)
    await page.getByRole('button', { name: 'Verify again' }).click()
    await page.getByText('Everything that an export needs works').waitFor({
      timeout: VERIFICATION_MS_MAX,
    })
    await rotate(opened, { roleName, customer })
    const { externalId } = await client(aurora).outputs.s3RoleBased.get(output.id)
    assert.notEqual(externalId, output.externalId)
    await page.getByRole('link', { name: 'Accesses' }).click()
    await page.getByRole('columnheader', { name: 'roleSessionName' }).waitFor()
    await page
      .getByRole('cell', { name: `sluice-${output.id}` })
      .first()
      .waitFor()
    await opened.checkAccessible()
  })

  async function rotate(
    opened: ConsolePage,
    { customer, roleName }: { customer: ReturnType<typeof openCustomer>; roleName: string },
  ): Promise<void> {
    const { page } = opened
    const saveShown = async () =>
      customer.saveTrustPolicy(roleName, await opened.copy(`the trust policy of ${roleName}`))
    await page.getByRole('link', { name: 'External id', exact: true }).click()
    await page.getByRole('button', { name: 'Start a rotation' }).click()
    await page.getByRole('heading', { name: '2. Let the role take either id' }).waitFor()
    await saveShown()
    await page.getByRole('button', { name: 'It is saved: use the next id' }).click()
    await page.getByRole('heading', { name: '3. Let the role forget the old id' }).waitFor()
    await saveShown()
    await page.getByRole('button', { name: 'It is saved: retire the old id' }).click()
    await page.getByRole('heading', { name: 'The last rotation is complete' }).waitFor()
  }

  test('a role that may do everything in S3 is told so, and passes with the corrected policy', async () => {
    using customer = openCustomer(console.sluice, aurora)
    const roleName = customer.newName('wide')
    const output = await createOutput(customer, roleName)
    const statement = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
    await customer.createRole(roleName, { externalId: output.externalId, statement })
    const { trustPolicy, permissionsPolicy } = await customer.readPolicies(roleName)
    await using opened = await console.openPage(withClipboard)
    const { page } = opened
    await opened.signIn(aurora, `${pageOf(output.id)}/verification`)
    await page.getByText('Advanced', { exact: true }).click()
    await page.getByLabel('Put a small object too').check()
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('Everything that an export needs works').waitFor({
      timeout: VERIFICATION_MS_MAX,
    })
    const wholeObject = page.getByRole('listitem').filter({ hasText: 'A whole object can be put' })
    await wholeObject.getByText(': Passed').waitFor({ state: 'attached' })
    assert.deepEqual(await customer.listKeys(output.bucketName), [], 'it may delete, too')
    await page.getByRole('link', { name: 'Output', exact: true }).click()
    await page.getByRole('link', { name: 'examine its policies' }).click()
    await page.getByLabel('Trust policy of the role').fill(trustPolicy)
    await page.getByLabel('Permissions policy of the role').fill(permissionsPolicy)
    await page.getByRole('button', { name: 'Examine' }).click()
    await page.getByText('An export would go through').waitFor()
    await page.getByText('gives more than an export needs').waitFor()
    const removed = page.getByRole('row').filter({ hasText: 'Removed: ' })
    await removed.filter({ hasText: 's3:*' }).waitFor()
    await opened.checkAccessible()
    await customer.savePermissions(roleName, await opened.copy('the corrected permissions policy'))
    await page.getByRole('link', { name: 'Verification' }).click()
    await page.getByText('Advanced', { exact: true }).click()
    await page.getByLabel('Put a small object too').check()
    await page.getByRole('button', { name: 'Verify again' }).click()
    await wholeObject.getByText('The role may not remove').waitFor({
      timeout: VERIFICATION_MS_MAX,
    })
    await page.getByText('Everything that an export needs works').waitFor()
    const [left = '', ...others] = await customer.listKeys(output.bucketName)
    await wholeObject.getByText(left).first().waitFor()
    assert.deepEqual(others, [])
  })

  test('names in policies are no markup', async () => {
    using customer = openCustomer(console.sluice, aurora)
    const output = await createOutput(customer, customer.newName('hostile'))
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn(aurora, `${pageOf(output.id)}/policies`)
    await page.getByLabel('Trust policy of the role').fill(JSON.stringify(openTo(HOSTILE)))
    await page.getByRole('button', { name: 'Examine' }).click()
    await page.getByText('An export would fail').waitFor()
    assert.equal(await page.locator('img[src="x"]').count(), 0)
    await opened.checkAccessible()
  })

  test('the reviewer’s report is downloaded, and names in it are no markup', async () => {
    using customer = openCustomer(console.sluice, aurora)
    const output = await createOutput(customer, customer.newName('reviewed'))
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn(aurora, pageOf(output.id))
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'HTML' }).click()
    const download = await downloading
    assert.match(download.suggestedFilename(), /\.html$/)
    const text = await readFile(await download.path(), 'utf8')
    assert.match(text, new RegExp(output.externalId))
    assert.doesNotMatch(text, /<img/)
  })

  test('an output is deleted once that is confirmed', async () => {
    using customer = openCustomer(console.sluice, aurora)
    const output = await createOutput(customer, customer.newName('unwanted'))
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn(aurora, pageOf(output.id))
    await page.getByRole('button', { name: `Delete ${HOSTILE}` }).click()
    await page.getByRole('dialog').getByText('fail from then on').waitFor()
    await opened.checkAccessible()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('heading', { name: 'Outputs', level: 1 }).waitFor()
    await assert.rejects(client(aurora).outputs.s3RoleBased.get(output.id), { code: 'NOT_FOUND' })
  })

  test('a second organization sees nothing of an output, at any of its addresses', async () => {
    using customer = openCustomer(console.sluice, aurora)
    const { id, bucketName } = await createOutput(customer, customer.newName('own'))
    const [, borealis] = console.sluice.organizations
    await using opened = await console.openPage()
    const { page } = opened
    await opened.signIn(borealis)
    await opened.follow(outputsOf(borealis))
    assert.doesNotMatch(await page.content(), new RegExp(bucketName))
    for (const end of ['', '/verification', '/external-id', '/set-up/role']) {
      await opened.follow(`${outputsOf(borealis)}/${id}${end}`)
      await page.getByRole('alert').getByText('was not found').waitFor()
      assert.doesNotMatch(await page.content(), new RegExp(bucketName))
    }
  })

  const outputsOf = ({ id }: Organization) => `/organizations/${id}/outputs`
  const pageOf = (outputId: string) => `${outputsOf(aurora)}/${outputId}`
  const client = ({ apiKey }: Organization) =>
    createClient({ apiUrl: console.sluice.apiUrl, apiKey })

  async function createOutput(customer: ReturnType<typeof openCustomer>, roleName: string) {
    const bucketName = customer.newName('console')
    await customer.createBucket(bucketName)
    const roleArn = customer.roleArn(roleName)
    const { s3RoleBased } = client(aurora).outputs
    return s3RoleBased.create({ name: HOSTILE, description: HOSTILE, bucketName, roleArn })
  }

  /** Of a license that is not the first, whose name is answered: the others have none. */
  async function importSample(): Promise<string> {
    const { licenses } = client(aurora)
    const { id, name } = await licenses.create({ name: `Kids ${HOSTILE}` })
    const time = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS
    const body = JSON.stringify({ time, impression_id: randomUUID(), sequence_number: 0 })
    const contentType = 'application/x-ndjson'
    const report = await licenses.importSamples(id, { body, contentType })
    assert.equal(report.accepted, 1)
    return name
  }
})

/** A trust policy that asks for no external id. */
function openTo(principal: string): object {
  return policyOf({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole' })
}

function policyOf(statement: object): object {
  return { Version: '2012-10-17', Statement: [statement] }
}

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, describe, test } from 'node:test'
import { createClient, type S3RoleBasedOutput } from '@sluice/sdk'
import type { Page } from 'playwright-core'
import { runAwsScript } from '../aws-script.ts'
import { hasBrowser } from '../browser.ts'
import { openCustomer } from '../customer.ts'
import { addFault } from '../fault.ts'
import type { Organization } from '../sluice.ts'
import { type Console, type ConsolePage, withClipboard } from './open-console.ts'
import { shareConsole, TEMPLATE_URL } from './shared-console.ts'

// The less usual ways through the set-up: everything that an output may be given, by keyboard alone, broken off and
// taken up again, and the id of an organization.

/** All checks, with the pause between the wrong probes. */
const VERIFICATION_MS_MAX = 60_000
const TABS_MAX = 40

describe('less usual ways to set up an output', { skip: !hasBrowser && 'no Chromium' }, () => {
  let console: Console
  let borealis: Organization
  before(async () => {
    console = await shareConsole()
    borealis = console.sluice.organizations[1]
  })

  const pageOf = (outputId: string) => `/organizations/${borealis.id}/outputs/${outputId}`
  const outputsOf = ({ apiKey }: Organization) =>
    createClient({ apiUrl: console.sluice.apiUrl, apiKey }).outputs.s3RoleBased

  async function open(path: string): Promise<ConsolePage> {
    const opened = await console.openPage(withClipboard)
    await opened.signIn(borealis, path)
    return opened
  }

  test('all that an output may be given is kept by the address, and stands in each way of making the role', async () => {
    const [aurora] = console.sluice.organizations
    const owner = aurora.aws.accountId
    const kmsKeyArn = `arn:aws:kms:eu-central-1:${owner}:key/0f1e2d3c-aaaa-bbbb-cccc-1234567890ab`
    await using opened = await open(`/organizations/${borealis.id}/outputs/new`)
    const { page } = opened
    await page.getByRole('textbox', { name: 'Bucket', exact: true }).fill('far-away')
    await page.getByLabel('Region').first().click()
    await page.getByRole('option', { name: /eu-central-1/ }).click()
    await page.getByLabel('Prefix').fill('in/here')
    assert.equal(
      await page.getByLabel('KMS key ARN').isVisible(),
      false,
      'the ordinary case is short',
    )
    await page.getByText('Advanced', { exact: true }).click()
    await page.getByLabel('KMS key ARN').fill(kmsKeyArn)
    await page.getByLabel('Account of the bucket').fill(owner)
    await page.getByLabel('Give each file to the account').check()
    await page.getByLabel('Metadata with the MD5').fill('md5')
    await page.getByLabel('Description').fill('For another account')
    await opened.checkAccessible()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'This is your external id' }).waitFor()
    await leaveAndReturn(page)
    await page.getByRole('link', { name: 'Back' }).click()
    await leaveAndReturn(page)
    assert.equal(await page.getByLabel('Metadata with the MD5').inputValue(), 'md5')
    assert(await page.getByLabel('Give each file to the account').isChecked())
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('Your AWS account id').fill(borealis.aws.accountId)
    await page.getByLabel('Name of the role').fill('far-away-role')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Custom trust policy').waitFor()
    const output = await outputsOf(borealis).get(/outputs\/([^/]+)/.exec(page.url())?.[1] ?? '')
    assert.deepEqual(
      [output.kmsKeyArn, output.expectedBucketOwner, output.bucketOwnerFullControl],
      [kmsKeyArn, owner, true],
    )
    assert.deepEqual([output.md5MetaTag, output.description], ['md5', 'For another account'])
    const values = [
      'far-away-role',
      output.externalId,
      kmsKeyArn,
      'arn:aws:s3:::far-away/in/here/*',
    ]
    await checkWays(opened, { values, output })
    await page.getByText('The bucket policy, in the bucket’s account').waitFor()
    assert.match(await opened.copy('the bucket policy'), /far-away\/in\/here\/\*/)
    assert.match(await opened.copy('the key policy'), /kms:GenerateDataKey/)
    await opened.follow(pageOf(output.id))
    await page.getByText('x-amz-meta-md5').waitFor()
  })

  /** Each document as it is shown, downloaded and linked to. */
  async function checkWays(
    { page, copy, checkAccessible }: ConsolePage,
    { values, output }: { values: string[]; output: S3RoleBasedOutput },
  ): Promise<void> {
    await page.getByRole('tab', { name: 'AWS CLI' }).click()
    assertHolds(await copy('the script'), values)
    await page.getByRole('tab', { name: 'CloudFormation' }).click()
    const template = await copy('the template')
    assertHolds(template, values)
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: /^Download/ }).click()
    const download = await downloading
    assert.equal(download.suggestedFilename(), 'sluice-role.yaml')
    assert.equal(await readFile(await download.path(), 'utf8'), template)
    const href = await page.getByRole('link', { name: /filled-in stack/ }).getAttribute('href')
    assert.deepEqual(parametersOf(String(href)), {
      templateURL: TEMPLATE_URL,
      stackName: `sluice-role-${output.id}`,
      param_RoleName: 'far-away-role',
      param_RolePath: '/',
      param_Principal: output.principalArn.replace(/:user\/.*|:role\/.*/, ':root'),
      param_PrincipalArn: output.principalArn,
      param_ExternalIds: output.externalId,
      param_Objects: 'arn:aws:s3:::far-away/in/here/*',
      param_BucketToFind: '',
      param_GiveToOwner: 'yes',
      param_KeyArn: output.kmsKeyArn,
      param_KeyService: 's3.eu-central-1.amazonaws.com',
      param_BucketToMake: '',
    })
    await page.getByRole('tab', { name: 'Terraform' }).click()
    await leaveAndReturn(page)
    const module = await copy('the module')
    assertHolds(module, values)
    assert.match(module, /:root"/)
    await page.getByRole('button', { name: 'Whom it trusts' }).click()
    await page.getByRole('radio', { name: 'By its ARN' }).check()
    await page.waitForURL(/principal=arn/)
    await page.getByRole('radio', { name: 'By its ARN', checked: true }).waitFor()
    await checkAccessible()
    await leaveAndReturn(page)
    assert.doesNotMatch(await copy('the module'), /:root"/)
  }

  test('by keyboard alone one comes from the list to the first files', async () => {
    using customer = openCustomer(console.sluice, borealis)
    const bucketName = customer.newName('by-keyboard')
    await using opened = await open(`/organizations/${borealis.id}/outputs`)
    const { page } = opened
    const press = async (name: string | RegExp, key = 'Enter') => {
      await tabTo(page, name)
      await page.keyboard.press(key)
    }
    const type = async (name: string, text: string) => {
      await tabTo(page, name)
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.type(text)
    }
    await press('Set up an output')
    await type('Bucket', bucketName)
    await type('Prefix', 'keys')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'This is your external id' }).waitFor()
    await type('Your AWS account id', borealis.aws.accountId)
    await page.keyboard.press('Enter')
    await page.getByText('Custom trust policy').waitFor()
    await press('AWS console', 'ArrowRight')
    await press('Copy the script')
    await page.getByRole('button', { name: 'Copied the script' }).waitFor()
    const script = String(await page.evaluate('navigator.clipboard.readText()'))
    await runAwsScript(script, { sluice: console.sluice, organization: borealis })
    await press('The role is made: verify it')
    await page.getByText('Not verified yet').waitFor()
    await press('Verify')
    await page.getByRole('link', { name: 'Start the first export' }).waitFor({
      timeout: VERIFICATION_MS_MAX,
    })
    await press('Start the first export')
    await page.getByRole('heading', { name: 'The first export' }).waitFor()
    await page.getByText('No license has samples of the last 14 days').waitFor()
    await leaveAndReturn(page)
    await press('Export')
    await page.getByText('Your bucket has its first files').waitFor()
    assert.equal((await customer.listKeys(bucketName)).length, 2)
  })

  /** As long as those of AWS take, so that one can go away meanwhile. */
  const answerSlowly = ({ roleArn }: S3RoleBasedOutput) =>
    addFault(console.sluice, {
      service: 'sts',
      operation: 'AssumeRole',
      kind: 'slow',
      delayMs: 250,
      where: { roleArn },
    })

  test('in the set-up a verification that is left goes on, one that broke off is told, and its uses are in the report', async () => {
    using customer = openCustomer(console.sluice, borealis)
    const output = await createOutput(customer, 'GENERATED')
    await answerSlowly(output)
    const step = `${pageOf(output.id)}/set-up/verification`
    await using opened = await open(step)
    const { page } = opened
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText(': Passed').first().waitFor({ state: 'attached' })
    await page.reload()
    await page.getByText('The last verification was broken off').waitFor()
    assert.match(page.url(), /\/set-up\/verification$/)
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText(': Passed').first().waitFor({ state: 'attached' })
    await page.getByRole('link', { name: output.bucketName }).click()
    await page.getByRole('link', { name: 'Verification' }).click()
    await page.getByText('under way').waitFor({ state: 'attached' })
    await page.goBack()
    await page.goBack()
    await page.waitForURL(/\/set-up\/verification$/)
    await page.getByText('under way').waitFor({ state: 'attached' })
    await page.getByRole('link', { name: 'Start the first export' }).waitFor({
      timeout: VERIFICATION_MS_MAX,
    })
    await opened.follow(`${pageOf(output.id)}/accesses`)
    await page.getByRole('heading', { name: 'Every use of the role' }).waitFor()
    await readReviewersReport(page, output)
  })

  test('a verification whose answer was lost on the way is watched to its end', async () => {
    using customer = openCustomer(console.sluice, borealis)
    const output = await createOutput(customer, 'GENERATED')
    await answerSlowly(output)
    await using opened = await open(`${pageOf(output.id)}/set-up/verification`)
    const { page } = opened
    await page.route('**/verification', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback()
      void route.fetch().catch(() => {})
      await page.waitForResponse(async (answer) => {
        return (
          answer.url().endsWith('/progress') && answer.ok() && /RUNNING/.test(await answer.text())
        )
      })
      await route.abort('aborted')
    })
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('Everything that an export needs works').waitFor({
      timeout: VERIFICATION_MS_MAX,
    })
    assert.equal(await page.getByRole('alert').count(), 0)
  })

  async function readReviewersReport(page: Page, output: S3RoleBasedOutput): Promise<void> {
    await page.getByRole('link', { name: 'Output', exact: true }).click()
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'HTML' }).click()
    const file = await (await downloading).path()
    const reader = await page.context().newPage()
    await reader.setContent(await readFile(file, 'utf8'))
    const shown = await reader.locator('body').innerText()
    const { items } = await outputsOf(borealis)
      .listAccesses(output.id)
      .page({ offset: 0, limit: 100 })
    assert(items.length > 5, `${items.length} uses of the role`)
    for (const { stsRequestIds, s3RequestIds } of items)
      assertHolds(shown, [...stsRequestIds, ...s3RequestIds])
    await reader.close()
  }

  test('the id of the organization rotates for all roles that demand it, or goes back half-way', async () => {
    using customer = openCustomer(console.sluice, borealis)
    const first = await createOutput(customer, 'GLOBAL')
    await using opened = await open(`/organizations/${borealis.id}/outputs/new`)
    const { page } = opened
    await page.getByRole('textbox', { name: 'Bucket', exact: true }).fill(first.bucketName)
    await page.getByText('Advanced', { exact: true }).click()
    await page.getByRole('radio', { name: 'The one of the organization' }).check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'The external id of your organization' }).waitFor()
    const roleName = customer.newName('second')
    await page.getByLabel('Your AWS account id').fill(borealis.aws.accountId)
    await page.getByLabel('Name of the role').fill(roleName)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText(first.externalId).first().waitFor()
    await customer.createRole(roleName, { externalId: first.externalId })
    const roleNames = [first.roleArn.split('/').at(-1) ?? '', roleName]
    await opened.follow(`${pageOf(first.id)}/external-id`)
    await page.getByText('rotates for all of them together').waitFor()
    const press = (name: string) => page.getByRole('button', { name }).click()
    const step = (name: string) => page.getByRole('heading', { name }).waitFor()
    const save = async (names: string[]) => {
      for (const name of names)
        await customer.saveTrustPolicy(name, await opened.copy(`the trust policy of ${name}`))
    }
    await press('Start a rotation')
    await step('2. Let the role take either id')
    // They come later than the heading, and move what is below them from under the pointer.
    await page.getByRole('button', { name: `Copy the trust policy of ${roleName}` }).waitFor()
    await press('Cancel the rotation')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the rotation' }).click()
    await step('The last rotation was cancelled')
    await press('Start a rotation')
    await step('2. Let the role take either id')
    await save(roleNames.slice(0, 1))
    await press('It is saved: use the next id')
    await page.getByRole('alert').getByText(roleName).first().waitFor()
    await save(roleNames)
    await press('It is saved: use the next id')
    await step('3. Let the role forget the old id')
    await opened.checkAccessible()
    assert.notEqual((await outputsOf(borealis).get(first.id)).externalId, first.externalId)
    await press('Cancel the rotation')
    await page.getByRole('dialog').getByText('before you do this').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the rotation' }).click()
    await step('The last rotation was cancelled')
    assert.equal((await outputsOf(borealis).get(first.id)).externalId, first.externalId)
    await press('Start a rotation')
    await step('2. Let the role take either id')
    await save(roleNames)
    await press('It is saved: use the next id')
    await step('3. Let the role forget the old id')
    await save(roleNames)
    await press('It is saved: retire the old id')
    await step('The last rotation is complete')
    const ids: string[] = []
    for await (const { externalId, externalIdMode } of outputsOf(borealis).list())
      if (externalIdMode === 'GLOBAL') ids.push(externalId)
    assert.equal(ids.length, 2)
    assert.equal(new Set([...ids, first.externalId]).size, 2)
  })

  test('an id of one’s own choice is taken where the operator allows it', async () => {
    const externalId = 'chosen-long-ago-for-a-role-that-is-there'
    await using opened = await open(`/organizations/${borealis.id}/outputs/new`)
    const { page } = opened
    await page.getByRole('textbox', { name: 'Bucket', exact: true }).fill('has-a-role')
    await page.getByText('Advanced', { exact: true }).click()
    await page.getByRole('radio', { name: 'One that you choose' }).check()
    await page.getByLabel('Your external id').fill(externalId)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('Your AWS account id').fill(borealis.aws.accountId)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Custom trust policy').waitFor()
    await page.getByRole('tab', { name: 'AWS CLI' }).click()
    assertHolds(await opened.copy('the script'), [externalId])
  })

  async function createOutput(
    customer: ReturnType<typeof openCustomer>,
    externalIdMode: 'GENERATED' | 'GLOBAL',
  ): Promise<S3RoleBasedOutput> {
    const bucketName = customer.newName('ways')
    const roleName = customer.newName('role')
    await customer.createBucket(bucketName)
    const roleArn = customer.roleArn(roleName)
    const output = await outputsOf(borealis).create({ bucketName, roleArn, externalIdMode })
    await customer.createRole(roleName, { externalId: output.externalId })
    return output
  }
})

/** As one who comes back by the address alone. */
async function leaveAndReturn(page: Page): Promise<void> {
  const address = page.url()
  await page.goto('/healthz')
  await page.goto(address)
  await page.getByRole('heading', { level: 2 }).first().waitFor()
}

/** Presses Tab until what has that name is focused. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const wanted = page.locator(':focus').and(
    page
      .getByRole('link', { name, exact: true })
      .or(page.getByRole('button', { name, exact: true }))
      .or(page.getByRole('tab', { name }))
      .or(page.getByRole('textbox', { name })),
  )
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    if ((await wanted.count()) > 0) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`Tab does not lead to ${name}`)
}

function parametersOf(href: string): Record<string, string> {
  const { hash } = new URL(href)
  return Object.fromEntries(new URLSearchParams(hash.slice(hash.indexOf('?'))))
}

function assertHolds(text: string, values: string[]): void {
  for (const value of values) assert(text.includes(value), `${value} is not in ${text}`)
}

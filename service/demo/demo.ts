import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { type Client, createClient, ExportTaskError } from '@sluice/sdk'
import {
  type Customer,
  openCustomer,
  startWorld,
  type World,
  type WorldOrganization,
} from '#testing'
import { samplesOfDay } from './day.ts'
import { addRow, readBack, type Sums } from './read-back.ts'

// The tutorial, done for real: every step through the public API or the AWS API, and the files read back
// and compared at the end. Whatever differs ends it with a sentence and exit code 1.

const SEED = 20_261_124
const IMPRESSIONS = 11_500
const LINES_AT_ONCE = 500
const POLL_MS = 200
const DAY_MS = 86_400_000
const day = new Date(Math.floor(Date.now() / DAY_MS - 1) * DAY_MS)
const window = {
  startTime: day.toISOString(),
  endTime: new Date(day.getTime() + DAY_MS).toISOString(),
}

/** Of more than 200: those that most people look at. */
const columns = [
  ...['time', 'impression_id', 'sequence_number', 'state', 'duration', 'country', 'platform'],
  ...['player', 'operatingsystem', 'device_type', 'video_id', 'video_title', 'video_bitrate'],
  ...[
    'played',
    'paused',
    'buffered',
    'startuptime',
    'error_code',
    'error_message',
    'custom_data_1',
  ],
]

let step = 0
function say(title: string, ...lines: string[]): void {
  step += 1
  console.log([`\n${step}. ${title}`, ...lines.map((line) => `   ${line}`)].join('\n'))
}

const startedMs = performance.now()
try {
  console.log('Sluice: a day of samples arrives in a customer’s bucket, through their role.')
  await using world = await startWorld({ env: { SLUICE_LOG_LEVEL: 'error' } })
  const organization = await world.createOrganization('Aurora Video')
  using customer = openCustomer(world, organization)
  const client = createClient({ apiUrl: world.apiUrl, apiKey: organization.apiKey })
  await runTutorial({ world, organization, customer, client })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`\nEverything is as it was sent. ${seconds} s. Next: npm run dev`)
} catch (error) {
  console.error(`\nThe demo has failed: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

interface Stage {
  world: World
  organization: WorldOrganization
  customer: Customer
  client: Client
}

async function runTutorial(stage: Stage): Promise<void> {
  const { world, organization, customer, client } = stage
  const { accountId } = organization.aws
  say(
    'An organization, and an AWS account of its own',
    `organization ${organization.name}, ${organization.id}`,
    `AWS account  ${accountId} (local), at ${world.aws.endpointUrl}`,
    `Sluice is    ${world.servicePrincipalArn}`,
  )

  const sums = await importDay(stage)
  say(`Yesterday’s samples, imported as NDJSON: ${sums.rows.toLocaleString('en')} rows`)

  const bucketName = `aurora-video-${accountId}`
  await customer.createBucket(bucketName)
  say('The customer makes a bucket', `aws s3 mb s3://${bucketName}`)

  const roleName = 'sluice-export'
  const output = await client.outputs.s3RoleBased.create({
    name: 'our bucket',
    bucketName,
    roleArn: `arn:aws:iam::${accountId}:role/${roleName}`,
    pathPrefix: 'sluice',
  })
  say(
    'An output names bucket and role; Sluice hands out the external id',
    'POST /v1/analytics/outputs/s3-role-based',
    `output       ${output.id}`,
    `external id  ${output.externalId}`,
  )

  await customer.createRole(roleName, { externalId: undefined })
  say(
    'The role is made in haste, without the external id: Sluice notices, and sends nothing',
    `aws iam create-role --role-name ${roleName} …`,
    ...(await describeRefusal(client, organization, output.id)),
  )

  const setup = await client.outputs.s3RoleBased.getSetup(output.id)
  await customer.followSetup(roleName, setup)
  say(
    'The set-up kit makes it right: the role demands the external id, and may write below the prefix alone',
    `GET /v1/analytics/outputs/s3-role-based/${output.id}/setup`,
    `in your own account: npx sluice outputs setup ${output.id} --format aws-cli | bash`,
    `Condition: { StringEquals: { 'sts:ExternalId': '${output.externalId}' } }`,
    setup.opens,
  )

  for (const fileFormat of ['CSV', 'PARQUET'] as const) {
    const outputPath = fileFormat.toLowerCase()
    const task = await createTask(client, organization, {
      outputId: output.id,
      outputPath,
      fileFormat,
    })
    await client.exportTasks.waitUntilFinished(task.id, { pollMs: POLL_MS })
    const prefix = `sluice/${outputPath}/`
    const read = await readBack(customer.s3, { bucketName, prefix, taskId: task.id, fileFormat })
    compare(read, sums)
    say(
      `The day as ${fileFormat}, FINISHED and read back`,
      `POST /v1/analytics/exports → ${task.id}`,
      `s3://${bucketName}/${prefix}: ${read.files} files, ${(read.bytes / 1e6).toFixed(1)} MB, ` +
        `${read.rows.toLocaleString('en')} rows, and a manifest`,
      'Every SHA-256, size and count is as the manifest says; every sample is there once.',
    )
  }
}

/** The day through the public API, and what it adds up to. */
async function importDay({ client }: Stage): Promise<Sums> {
  const sums: Sums = { rows: 0, durationMs: 0, keys: new Set() }
  const { value: license } = await client.licenses.list().next()
  assert(license !== undefined, 'the organization has no license')
  const body = Readable.toWeb(Readable.from(linesOf(sums)))
  const report = await client.licenses.importSamples(license.id, {
    contentType: 'application/x-ndjson',
    body: body as ReadableStream<Uint8Array>,
  })
  assert.deepEqual(report, { accepted: sums.rows, rejected: 0, errors: [] })
  return sums
}

function* linesOf(sums: Sums): Generator<Buffer> {
  let lines: string[] = []
  for (const sample of samplesOfDay({ seed: SEED, day, impressions: IMPRESSIONS })) {
    addRow(sums, sample)
    lines.push(`${JSON.stringify(sample)}\n`)
    if (lines.length < LINES_AT_ONCE) continue
    yield Buffer.from(lines.join(''))
    lines = []
  }
  yield Buffer.from(lines.join(''))
}

function createTask(
  client: Client,
  organization: WorldOrganization,
  to: { outputId: string; outputPath: string; fileFormat: 'CSV' | 'PARQUET' },
) {
  const { fileFormat, ...output } = to
  return client.exportTasks.create({
    name: `yesterday as ${fileFormat}`,
    ...window,
    licenseKey: organization.licenseKey,
    type: 'SESSIONS',
    fileFormat,
    output,
    columns,
  })
}

async function describeRefusal(
  client: Client,
  organization: WorldOrganization,
  outputId: string,
): Promise<string[]> {
  const to = { outputId, outputPath: 'too-early', fileFormat: 'CSV' as const }
  const task = await createTask(client, organization, to)
  const refusal = await client.exportTasks.waitUntilFinished(task.id, { pollMs: POLL_MS }).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert(refusal instanceof ExportTaskError, 'an open role was written through')
  assert.equal(refusal.code, 'ROLE_IGNORES_EXTERNAL_ID')
  return [`export task ${task.id}: ERROR ${refusal.code}`, refusal.message, refusal.remedy]
}

function compare(read: Sums, sent: Sums): void {
  assert.equal(read.rows, sent.rows, `${sent.rows} samples were sent, ${read.rows} have arrived`)
  assert.equal(read.keys.size, sent.keys.size, 'a sample has arrived twice')
  for (const key of sent.keys) assert(read.keys.has(key), `the sample ${key} has not arrived`)
  assert.equal(read.durationMs, sent.durationMs, 'the durations add up to something else')
}

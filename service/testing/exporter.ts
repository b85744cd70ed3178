import assert from 'node:assert/strict'
import { type Client, createClient, type ExportTask, type ImportReport } from '@sluice/sdk'
import { type Customer, openCustomer } from './customer.ts'
import type { World } from './testing.ts'

/** An organization that can export: a bucket, an output to it, and the role that the output names. */
export interface Exporter extends Disposable {
  readonly client: Client
  readonly customer: Customer
  readonly licenseKey: string
  readonly bucketName: string
  /** By the service of that client; absent: the world's own. */
  importRows(rows: readonly object[], by?: Client): Promise<ImportReport>
  createTask(
    window: { start: Date; end: Date; outputPath: string },
    by?: Client,
  ): Promise<ExportTask>
}

export async function openExporter(world: World): Promise<Exporter> {
  const organization = await world.createOrganization('Aurora Video')
  const { apiKey, licenseKey, aws } = organization
  const client = createClient({ apiUrl: world.apiUrl, apiKey })
  const { value: license } = await client.licenses.list().next()
  assert(license)
  const customer = openCustomer(world, organization)
  const bucketName = 'aurora-samples'
  await customer.createBucket(bucketName)
  const output = await client.outputs.s3RoleBased.create({
    bucketName,
    roleArn: `arn:aws:iam::${aws.accountId}:role/sluice`,
    cloudRegion: 'US_EAST_1',
  })
  await customer.createRole('sluice', { externalId: output.externalId })
  return {
    client,
    customer,
    licenseKey,
    bucketName,
    importRows: (rows, by = client) =>
      by.licenses.importSamples(license.id, {
        contentType: 'application/x-ndjson',
        body: rows.map((row) => JSON.stringify(row)).join('\n'),
      }),
    createTask: ({ start, end, outputPath }, by = client) =>
      by.exportTasks.create({
        name: outputPath.slice(0, 50),
        startTime: start.toISOString(),
        endTime: end.toISOString(),
        licenseKey,
        type: 'SESSIONS',
        columns: ['time', 'impression_id', 'sequence_number', 'path'],
        output: { outputId: output.id, outputPath },
      }),
    [Symbol.dispose]: () => customer[Symbol.dispose](),
  }
}

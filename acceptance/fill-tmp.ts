import { readFile } from 'node:fs/promises'
import { createClient } from '@sluice/sdk'
const dev = JSON.parse(await readFile('/tmp/data-pages/data/dev.json', 'utf8'))
const [aurora, borealis] = dev.organizations
const client = createClient({ apiUrl: dev.apiUrl, apiKey: aurora.apiKey })
const licenses = await Array.fromAsync(client.licenses.list())
const license = licenses[0]!
console.log(license.id, license.name)
const now = Date.now()
const rows: string[] = []
let n = 0
for (let hour = 0; hour < 24 * 40; hour++) {
  const at = now - hour * 3600_000
  const h = new Date(at).getUTCHours()
  const many = Math.round(4 + 6 * (1 + Math.sin(((h - 13) / 24) * 2 * Math.PI)) + (n % 3))
  for (let i = 0; i < many; i++)
    rows.push(JSON.stringify({ time: new Date(at - i * 1000).toISOString(), impression_id: `11111111-0000-4000-8000-${String(n).padStart(12, '0')}`, sequence_number: 0, state: 'playing', duration: 5000, played: 5000, video_id: 'film', video_title: 'A gate opens', browser: 'Chrome', country: 'AT', custom_user_id: 'viewer-1', custom_data_1: 'gold', domain: 'example.org', path: '/watch' , video_startuptime: 320 , platform: 'web', n: undefined })), n++
}
console.log(rows.length, await client.licenses.importSamples(license.id, { body: rows.join('\n'), contentType: 'application/x-ndjson' }))
await client.licenses.update(license.id, { customDataFieldLabels: { customData1: 'tier', customData2: 'experiment' } })
await client.licenses.domains.add(license.id, 'example.org').catch(() => {})
await client.licenses.domains.add(license.id, '*.aurora.example').catch(() => {})
const app = await client.licenses.create({ name: 'Mobile app', retentionTime: 'P90D' })
await client.virtualLicenses.create({ name: 'Web and app', timezone: 'UTC', licenses: [{ id: license.id }, { id: app.id }] })
await client.apiKeys.create({ name: 'nightly-reports' })
await client.webhooks.create({ name: 'Pager', url: 'https://hooks.example/sluice', events: ['export.failed', 'export.finished', 'export_schedule.late'] })
await client.webhooks.create({ url: 'https://audit.example/in', events: ['verification.turned'], enabled: false })
for (const [c, who] of [[client, aurora], [createClient({ apiUrl: dev.apiUrl, apiKey: borealis.apiKey }), borealis]] as const) {
  const output = await c.outputs.s3RoleBased.create({ name: 'Raw data', bucketName: 'aurora-raw-data', roleArn: `arn:aws:iam::${who.aws.accountId}:role/sluice-export`, pathPrefix: 'sluice' } as never)
  const end = new Date(Math.floor((now - 3600_000) / 3600_000) * 3600_000)
  const t = await c.exportTasks.create({ name: 'Yesterday', licenseKey: who.licenseKey, startTime: new Date(end.getTime() - 3600_000).toISOString(), endTime: end.toISOString(), output: { outputId: output.id, outputPath: 'x' } } as never)
  console.log(t.id)
}

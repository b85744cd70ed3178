import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Registry } from 'prom-client'
import { parse } from 'yaml'
import { catalogue } from '#errors'
import { type Exporter, openExporter, openTestDatabase, startWorld, type World } from '#testing'
import { traced } from '#tracing'
import { addGauges, type GaugeParts } from './gauges.ts'
import { startPrincipalCheck } from './principal.ts'
import { readReadiness } from './readiness.ts'

// What those who run Sluice see of one export: its metrics, and its spans in a collector on loopback.

interface Span {
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string
  status: { code?: number }
  attributes: { key: string; value: { stringValue?: string } }[]
}

const bodies: string[] = []
/** Of traces; and a webhook's receiver, which looks at the metrics before it answers. */
const collector = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  if (request.url === '/v1/traces') bodies.push(body)
  if (request.url === '/hook') metricsAtHook = await fetchMetrics()
  response.setHeader('content-type', 'application/json').end('{}')
})
let world: World
let exporter: Exporter
let metrics: string
let metricsAtHook: string
let webhookId: string
let taskId: string
const traceId = 'b1'.repeat(16)

const start = new Date('2026-03-01T00:00:00Z')
const end = new Date('2026-03-01T02:00:00Z')

/** Once for all: an export, a look at the metrics, and the end of the world, which sends the last spans. */
before(async () => {
  await assert.doesNotReject(traced('before', {}, async () => {}))
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done))
  const endpoint = `http://127.0.0.1:${Object(collector.address()).port}`
  world = await startWorld({
    webhookPollMs: 20,
    env: { SLUICE_LOG_LEVEL: 'silent', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  })
  exporter = await openExporter(world)
  const { client } = exporter
  const events: ['export.finished'] = ['export.finished']
  webhookId = (await client.webhooks.create({ url: `${endpoint}/hook`, events })).id
  world.aws.faults.add({ service: 'sts', operation: 'AssumeRole', kind: 'throttle', times: 1 })
  const task = await exporter.createTask({ start, end, outputPath: 'watched' })
  taskId = task.id
  await client.exportTasks.waitUntilFinished(task.id, { pollMs: 50 })
  const [{ apiKey } = { apiKey: '' }] = world.organizations
  const traceparent = `00-${traceId}-${'c2'.repeat(8)}-01`
  await fetch(`${world.apiUrl}/analytics/licenses`, {
    headers: { 'x-api-key': apiKey, traceparent },
  })
  do metrics = await fetchMetrics()
  while (!metrics.includes('sluice_webhook_attempt_duration_seconds_count'))
  await world.close()
})
after(() => {
  exporter[Symbol.dispose]()
  collector.close()
  collector.closeAllConnections()
})

async function fetchMetrics(): Promise<string> {
  const shown = await (await fetch(`${world.url}/metrics`)).text()
  return shown.replaceAll(/^#.*\n/gm, '')
}

function listSpans(): Span[] {
  return bodies.flatMap((body) =>
    JSON.parse(body).resourceSpans.flatMap((of: { scopeSpans: { spans: Span[] }[] }) =>
      of.scopeSpans.flatMap(({ spans }) => spans),
    ),
  )
}

const attributeOf = ({ attributes }: Span, name: string) =>
  attributes.find(({ key }) => key === name)?.value.stringValue

test('while nobody collects, work is done without a span', async () => {
  const done = Promise.resolve(7)
  assert.equal(
    traced('after', {}, () => done),
    done,
  )
  assert.deepEqual(
    listSpans().filter(({ name }) => ['before', 'after'].includes(name)),
    [],
  )
})

test('an export’s attempt, files and calls of AWS are spans, each below what it is part of', () => {
  const spans = listSpans()
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const above = (span: Span): string[] => {
    const parent = byId.get(span.parentSpanId ?? '')
    return parent === undefined ? [] : [parent.name, ...above(parent)]
  }
  const of = (name: string) => spans.filter((span) => span.name === name)
  const attempts = of('export attempt').filter(
    (span) => attributeOf(span, 'sluice.export_task.id') === taskId,
  )
  assert(attempts.length > 0)
  const files = of('export file')
  assert.deepEqual(files.map((span) => attributeOf(span, 'sluice.object_key')).sort(), [
    'watched/2026-03-01-00-00.csv',
    'watched/2026-03-01-01-00.csv',
    `watched/manifest-${taskId}.json`,
  ])
  for (const [name, count] of [
    ['read', 2],
    ['spool', 3],
    ['put', 3],
  ] as const)
    assert.equal(of(name).filter((span) => above(span)[0] === 'export file').length, count, name)
  const puts = of('S3 PutObject')
  assert.equal(puts.length, 3)
  for (const span of puts) assert.equal(above(span)[0], 'put')
  const probes = of('STS AssumeRole')
  assert(probes.length > 4)
  for (const span of probes) assert.deepEqual(above(span), ['export attempt'])
  assert(probes.some((span) => attributeOf(span, 'error.type') === 'AccessDenied'))
})

test('a request’s span is below its caller’s, and is named for its route', () => {
  const spans = listSpans().filter((span) => span.traceId === traceId)
  assert.deepEqual(
    spans.map(({ name, parentSpanId }) => [name, parentSpanId]),
    [['GET /v1/analytics/licenses', 'c2'.repeat(8)]],
  )
})

test('a webhook’s message is a span, which names the webhook', () => {
  const spans = listSpans().filter(({ name }) => name === 'webhook')
  assert.deepEqual(
    spans.map((span) => attributeOf(span, 'sluice.webhook.id')),
    [webhookId],
  )
})

test('no span has a secret, and no label an id', () => {
  const all = bodies.join('')
  assert(all.includes(taskId))
  for (const { apiKey, aws } of world.organizations)
    for (const secret of [apiKey, aws.secretAccessKey, aws.accessKeyId])
      assert.equal(all.includes(secret), false)
  assert.doesNotMatch(all, /FwoGZX|SessionToken|x-amz-security-token/i)
  const labels = metrics.match(/\{[^}]*\}/g) ?? []
  assert(labels.length > 0)
  for (const label of labels)
    assert.doesNotMatch(label, /[\da-f]{8}-[\da-f]{4}-|arn:|\d{12}|aurora/, label)
})

/** The value of one line. */
function readMetric(line: string, shown = metrics): number {
  const found = shown.split('\n').find((each) => each.startsWith(`${line} `))
  assert(found, `${line} is not there`)
  return Number(found.slice(line.length))
}

test('a call of AWS that the SDK repeats is counted once for each answer', () => {
  const assumed = 'sluice_aws_call_duration_seconds_count{service="STS",operation="AssumeRole"'
  assert.equal(readMetric(`${assumed},code="Throttling"}`), 1)
  assert.equal(
    readMetric('sluice_export_tasks_total{outcome="postponed",code="AWS_UNAVAILABLE",fault="aws"}'),
    0,
  )
})

test('a webhook’s message waits until it was tried, and its attempt is counted', () => {
  assert(readMetric('sluice_webhook_queue_oldest_seconds', metricsAtHook) > 0)
  assert.equal(readMetric('sluice_webhook_queue_deliveries', metricsAtHook), 1)
  assert.equal(readMetric('sluice_webhook_queue_oldest_seconds'), 0)
  const attempted = 'sluice_webhook_attempt_duration_seconds_count'
  assert.equal(readMetric(`${attempted}{event="export.finished",status="DELIVERED"}`), 1)
})

test('the metrics tell of the export, its calls of AWS, its sessions and the spool', () => {
  assert.equal(readMetric('sluice_export_tasks_total{outcome="finished",code="",fault=""}'), 1)
  assert.equal(readMetric('sluice_export_files_delivered_total'), 3)
  assert.equal(readMetric('sluice_export_file_put_duration_seconds_count'), 3)
  const calls = 'sluice_aws_call_duration_seconds_count'
  assert.equal(readMetric(`${calls}{service="S3",operation="PutObject",code="OK"}`), 3)
  assert(readMetric(`${calls}{service="STS",operation="AssumeRole",code="OK"}`) > 0)
  assert(readMetric(`${calls}{service="STS",operation="AssumeRole",code="AccessDenied"}`) > 0)
  assert.equal(readMetric('sluice_role_uses_total{action="OPEN_SESSION",outcome="OK"}'), 1)
  assert.equal(readMetric('sluice_role_uses_total{action="PUT_OBJECT",outcome="OK"}'), 3)
  assert.equal(readMetric('sluice_role_verdicts{verdict="PASSED"}'), 1)
  assert.equal(readMetric('sluice_spool_used_bytes'), 0)
  assert(readMetric('sluice_spool_disk_free_bytes') > 0)
  for (const part of ['database', 'sample_store', 'aws_identity'])
    assert.equal(readMetric(`sluice_ready{part="${part}"}`), 1)
  assert.equal(readMetric('sluice_webhook_queue_deliveries'), 0)
  assert(readMetric('sluice_samples_watermark_lag_seconds') < 600) // up to the full hour it is 0
})

interface Selector {
  name: string | undefined
  matchers: { label: string; operator: string; value: string }[]
}

/** Series in a text: of `/metrics` all there are, of an alert those that it asks for. */
function seriesIn(text: string): Selector[] {
  return [...text.matchAll(/\b(sluice_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', inner = '']) => {
    const matchers = [...inner.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)]
    assert.equal(matchers.map(([all]) => all).join(','), inner, `${name} asks for what is no label`)
    return {
      name,
      matchers: matchers.map(([, label = '', operator = '', value = '']) => ({
        label,
        operator,
        value,
      })),
    }
  })
}

/** What Prometheus would answer: https://prometheus.io/docs/prometheus/latest/querying/basics */
function isAskedFor(series: Selector, { name, matchers }: Selector): boolean {
  if (name !== undefined && series.name !== name) return false
  return matchers.every(({ label, operator, value }) => {
    const has = series.matchers.find((each) => each.label === label)?.value ?? ''
    const isEqual = operator.includes('~') ? new RegExp(`^(?:${value})$`).test(has) : has === value
    return isEqual !== operator.startsWith('!')
  })
}

/** One for each value that it names, so that none of them hides behind another; what it excludes may be another metric's. */
function valueByValue({ name, matchers }: Selector): Selector[] {
  const apart = matchers.flatMap((matcher) =>
    matcher.value.split('|').map((value) =>
      matcher.operator.startsWith('!')
        ? { name: undefined, matchers: [{ ...matcher, operator: '=', value }] }
        : {
            name,
            matchers: matchers.map((other) => (other === matcher ? { ...other, value } : other)),
          },
    ),
  )
  return apart.length > 0 ? apart : [{ name, matchers }]
}

async function readAlerts(): Promise<{ text: string; alerts: { alert: string; expr: string }[] }> {
  const text = await readFile(join(import.meta.dirname, '../docs/operations.md'), 'utf8')
  const { groups } = parse(/```yaml\n(.*?)```/s.exec(text)?.[1] ?? '')
  return { text, alerts: groups.flatMap(({ rules }: { rules: object[] }) => rules) }
}

test('each series that the documents ask for is there from the start, by each label and value', async () => {
  const { text, alerts } = await readAlerts()
  const there = seriesIn(metrics)
  const labels = new Set(there.flatMap(({ matchers }) => matchers.map(({ label }) => label)))
  assert(alerts.length > 10)
  const schedules = await readFile(join(import.meta.dirname, '../docs/schedules.md'), 'utf8')
  for (const asked of seriesIn(text + schedules).flatMap(valueByValue)) {
    const isHistogram = asked.matchers.length === 0
    const histogram = { ...asked, name: `${asked.name}_count` }
    const isThere = there.some(
      (series) => isAskedFor(series, asked) || (isHistogram && isAskedFor(series, histogram)),
    )
    assert(isThere, JSON.stringify(asked))
  }
  for (const [, names = ''] of text.matchAll(/\b(?:by|on|without|ignoring) \(([^)]*)\)/g))
    for (const name of names.split(', '))
      assert(labels.has(name) || ['job', 'instance'].includes(name), `no metric has ${name}`)
})

test('docs/operations.md says of each alert what it means', async () => {
  const { text, alerts } = await readAlerts()
  const told = [...text.matchAll(/^### (.*)$/gm)].flatMap(([, names = '']) => names.split(', '))
  assert.deepEqual(
    alerts.map(({ alert }) => alert),
    told,
  )
})

test('a task that fails by no fault of its customer raises an alert, whatever its code', async () => {
  const { alerts } = await readAlerts()
  const asked = alerts.flatMap(({ expr }) => seriesIn(expr))
  const isFailure = ({ name, matchers }: Selector) =>
    name === 'sluice_export_tasks_total' && matchers[0]?.value === 'failed'
  const failures = seriesIn(metrics).filter(isFailure)
  const isLoud = (series: Selector) => asked.some((each) => isAskedFor(series, each))
  const codesOf = (all: Selector[]) => all.map(({ matchers }) => matchers[1]?.value).sort()
  const codes = ['INTERNAL', ...Object.keys(catalogue)]
  const kindOf = new Map<string, string>(
    Object.entries(catalogue).map(([code, { kind }]) => [code, kind]),
  )
  const expected = codes.filter((code) => !['caller', 'output'].includes(kindOf.get(code) ?? ''))
  assert.deepEqual(codesOf(failures.filter(isLoud)), expected.sort())
})

test('gauges that cannot be read are left out, and the others stay', async () => {
  const registry = new Registry()
  const away = () => {
    throw new Error('away')
  }
  addGauges(registry, {
    database: { db: new Proxy({}, { get: away }) } as never,
    clock: { now: () => start },
    readiness: async () => away(),
    samples: { watermark: away },
    spool: { bytesUsed: 7, writersWaiting: 1 },
    spoolDirectory: '/nowhere at all',
    spoolBytesMax: 9,
  } satisfies GaugeParts)
  const lines = (await registry.metrics()).split('\n').filter((line) => /^\w/.test(line))
  assert.deepEqual(lines, [
    'sluice_spool_used_bytes 7',
    'sluice_spool_max_bytes 9',
    'sluice_spool_waiting_files 1',
  ])
})

test('what is away, hangs or was never confirmed is not ready, which the metrics say', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-watching-'))
  t.after(() => rm(directory, { recursive: true }))
  const database = await openTestDatabase({ dataDirectory: directory })
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' }
  await using principal = await startPrincipalCheck({
    principalArn: 'arn:aws:iam::111122223333:role/sluice',
    client: { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', credentials },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const samples = { ping: () => new Promise<void>(() => {}) }
  const read = async () => {
    const registry = new Registry()
    addGauges(registry, {
      database: {} as never,
      clock: { now: () => start },
      readiness: () => readReadiness({ database, samples, principal }, 100),
      samples: { watermark: async () => start },
      spool: { bytesUsed: 0, writersWaiting: 0 },
      spoolDirectory: '.',
      spoolBytesMax: 1,
    })
    return (await registry.metrics()).match(/^sluice_ready.*$/gm)
  }
  const others = ['sluice_ready{part="sample_store"} 0', 'sluice_ready{part="aws_identity"} 0']
  assert.deepEqual(await read(), ['sluice_ready{part="database"} 1', ...others])
  await database.close()
  assert.deepEqual(await read(), ['sluice_ready{part="database"} 0', ...others])
})

test('the watermark lags only once the hour after it is over', async () => {
  const lagAt = async (now: string) => {
    const registry = new Registry()
    addGauges(registry, {
      database: {} as never,
      clock: { now: () => new Date(now) },
      readiness: async () => [],
      samples: { watermark: async () => start },
      spool: { bytesUsed: 0, writersWaiting: 0 },
      spoolDirectory: '.',
      spoolBytesMax: 1,
    })
    const text = await registry.metrics()
    return /^sluice_samples_watermark_lag_seconds (.*)$/m.exec(text)?.[1]
  }
  assert.equal(await lagAt('2026-03-01T00:59:59Z'), '0')
  assert.equal(await lagAt('2026-03-01T01:00:30Z'), '30')
  assert.equal(await lagAt('2026-03-01T03:00:00Z'), '7200')
})

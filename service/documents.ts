import { type CheckName, type CheckStatus, checkNames, checkStatuses } from '#delivery'
import { catalogue } from '#errors'
import { createServer, openapiOf } from '#http'
import {
  adColumns,
  columnForms,
  type SampleColumn,
  SERVER_VERSION_MIN,
  sampleColumns,
  schemaStatements,
} from '#samples'
import { writeQuickCreateTemplate } from '#setup'
import { openTelemetry } from '#telemetry'
import { causeMeanings } from '#verification'
import { addGauges, type GaugeParts } from './gauges.ts'
import { type Parts, routesOf, systemClock } from './service.ts'
import { type Variable, variables } from './variables.ts'

/** The documents that are written from the code, by their path below docs/. */
export async function writeDocuments(): Promise<Record<string, string>> {
  return {
    'clickhouse.md': clickhouseDocument(),
    'columns.md': columnsDocument(),
    'configuration.md': configurationDocument(),
    'errors.md': errorsDocument(),
    'metrics.md': metricsDocument(),
    'sluice-role.json': writeQuickCreateTemplate(),
    'openapi.json': `${JSON.stringify(await openapiDocument(), null, 2)}\n`,
  }
}

function columnsDocument(): string {
  const text =
    'Every column of a sample, in the order in which files have them; `columns` of an export task ' +
    'picks and orders them, in snake_case, camelCase or UPPER_CASE. A column that is not there always ' +
    'may be null: empty in CSV. Written from `service/samples` by `npm run docs`; a test compares.'
  const ads =
    'Of export tasks whose `type` is `ADS`: one row for each ad that the client inserted, at its end, ' +
    'and one for each event of an ad that the server inserted.'
  return `# Columns\n\n${text}\n\n${tableOf(sampleColumns)}\n\n## Ads\n\n${ads}\n\n${tableOf(adColumns)}\n`
}

function tableOf(columns: readonly SampleColumn[]): string {
  const rows = columns.map(({ name, type, isNullable, unit, description }) => {
    const { csv, parquet } = columnForms[type]
    const isAlways = isNullable ? '' : 'always'
    return `| \`${name}\` | ${csv} | ${parquet} | ${unit ?? ''} | ${isAlways} | ${description} |`
  })
  const head =
    '| column | in CSV | in Parquet | unit | present | meaning |\n' +
    '| --- | --- | --- | --- | --- | --- |'
  return [head, ...rows].join('\n')
}

function configurationDocument(): string {
  const rows = Object.entries<Variable>(variables).map(([name, variable]) => {
    const { form, meaning, byDefault, isNeeded, isSecret } = variable
    const names = isSecret ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``
    const otherwise = isNeeded ? 'must be given' : byDefault === undefined ? '' : `\`${byDefault}\``
    return `| ${names} | ${form} | ${otherwise} | ${meaning} |`
  })
  const text =
    'The service reads its environment once, at the start, and tells every mistake at once. A secret may ' +
    'lie in a file instead, whose path the variable with `_FILE` names. An empty variable is an absent ' +
    'one. The credentials of the service itself, and the region, come from the AWS SDK’s own variables ' +
    'and files ([AWS’s list](https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html)): ' +
    '`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL` and the others. Written from ' +
    '`service/variables.ts` by `npm run docs`; a test compares.'
  const head = '| variable | form | default | meaning |\n| --- | --- | --- | --- |'
  return `# Configuration\n\n${text}\n\n${[head, ...rows].join('\n')}\n`
}

function metricsDocument(): string {
  const telemetry = openTelemetry({ level: 'silent' })
  addGauges(telemetry.registry, uncalledParts())
  const rows = telemetry.registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith('sluice_'))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((metric) => {
      const { name, help, type, labelNames }: Described = Object(metric)
      const unit = /_(seconds|bytes)(_|$)/.exec(name)?.[1] ?? ''
      return `| \`${name}\` | ${type} | ${unit} | ${labelNames.join(', ')} | ${help} |`
    })
  telemetry.close()
  const text =
    'What `/metrics` has, beside the process’s own (`process_…`, `nodejs_…`). A histogram `…` is asked for as ' +
    '`…_count`, `…_sum` and `…_bucket`. No label holds an id. Gauges that are the same from every process are ' +
    'read from the database: take `max`, not `sum`. [operations.md](operations.md) says what to watch. ' +
    'Written from `service/telemetry.ts` and `service/gauges.ts` by `npm run docs`; a test compares.'
  const head = '| metric | type | unit | labels | meaning |\n| --- | --- | --- | --- | --- |'
  return `# Metrics\n\n${text}\n\n${[head, ...rows].join('\n')}\n`
}

/** What prom-client's types keep to themselves. */
interface Described {
  name: string
  help: string
  type: string
  labelNames: string[]
}

function clickhouseDocument(): string {
  const statements = schemaStatements({ database: 'sluice', cluster: 'sluice' })
  return `# ClickHouse

Samples lie in ClickHouse ${SERVER_VERSION_MIN} or newer; an older server is refused at the start. Without
\`SLUICE_CLICKHOUSE_URL\` it is one of Sluice's own, in the data directory. Written from
\`service/samples/schema.ts\` by \`npm run docs\`; a test compares.

## One server

\`SLUICE_CLICKHOUSE_URL=https://user:password@host:8443/database\`. Sluice makes the database and its tables itself,
and adds columns and indexes that a newer version has. The user needs \`CREATE DATABASE\`, and \`CREATE TABLE\`,
\`ALTER ADD COLUMN\`, \`ALTER ADD INDEX\`, \`ALTER SETTINGS\`, \`ALTER DELETE\`, \`SELECT\` and \`INSERT\` on the database, and
\`SELECT\` on \`columns\`, \`tables\`, \`merge_tree_settings\` and \`mutations\` of \`system\`. What lay in a table before
it had an index is found without it until it is merged or gone; \`ALTER TABLE … MATERIALIZE INDEX by_impression\` gives it
one at once. The tables are those below, without \`ON CLUSTER\`, with \`ReplacingMergeTree\` under the plain names, and without the \`Distributed\` ones. An acknowledged
insert is as durable as the server makes it: set \`fsync_after_insert\` and \`fsync_part_directory\` in its \`merge_tree\`
section if it must survive a loss of power on a single server.

A proxy before ClickHouse speaks HTTP/1.1 to Sluice and passes \`Transfer-Encoding\` on: an answer with neither chunks nor a
length could be cut without a sign, so it is refused (\`SAMPLES_UNAVAILABLE\`).

## A cluster

Name it in \`SLUICE_CLICKHOUSE_CLUSTER\`, as \`system.clusters\` does. What the servers need: ClickHouse Keeper, the macros
\`{shard}\` and \`{replica}\`, and \`internal_replication\` set to \`true\` for each shard. Sluice makes this schema when it
starts (here for a database and a cluster that are both called \`sluice\`):

\`\`\`sql
${statements.map((statement) => `${statement};`).join('\n\n')}
\`\`\`

- \`…_local\` holds the rows, replicated within a shard. The table of the plain name spreads inserts over the shards and
  gathers reads; Sluice uses no other.
- The shard of a row is that of its license. So all that one file is made of, and all duplicates of a row, lie on one
  shard, and each shard answers for itself (\`distributed_product_mode = 'local'\`).
- An insert is acknowledged when most replicas of its shard have it (\`insert_quorum = 'auto'\`,
  \`distributed_foreground_insert = 1\`). With two replicas that is both.
- Before an hour is closed every replica that is up fetches what was acknowledged (\`SYSTEM SYNC REPLICA … LIGHTWEIGHT\`;
  the user needs \`SYSTEM SYNC REPLICA\` and \`CLUSTER\`). Rows and a checksum of each license's hour are recorded then, and
  every file is compared with them before and while it is read: a replica that lags makes an export wait
  (\`SAMPLES_INCOMPLETE\`, tried again), never a short file.
- Adding a shard moves no rows. Move them yourself before Sluice writes to the new one: a license whose rows lie on two
  shards has duplicates that nobody sees.
`
}

const kinds = {
  caller: {
    title: 'The caller must change the request',
    text:
      'Answers with status 400, 401, 403, 404, 409, 413 or 429. `data.errorCode` holds the code, ' +
      '`data.details` every mistake with its field.',
  },
  output: {
    title: 'The customer must change something in their AWS account',
    text:
      'Never a status: data of an export task in ERROR, or of a check. The message has the real ' +
      'role, principal, external id and bucket; the remedy says what to do with them.',
  },
  operator: {
    title: 'The operator must change something',
    text:
      'Data of an export task in ERROR: no repetition helps, and nothing in the customer’s account ' +
      'does. When it is mended, the task is retried.',
  },
  transient: {
    title: 'Nobody must act',
    text:
      'Repeated by itself in a worker, for about an hour and a half; then it is data of an export task in ' +
      'ERROR, and `fault` says whose it is: `sluice` is its program, or whoever runs it. In an answer: ' +
      'status 503 with Retry-After.',
  },
}

function errorsDocument(): string {
  const sections = Object.entries(kinds).map(([kind, { title, text }]) => {
    const entries = Object.entries(catalogue).filter(([, entry]) => entry.kind === kind)
    const more = (['remedy', 'fault'] as const).filter((name) => name in Object(entries[0]?.[1]))
    const columns = ['code', 'meaning', ...more]
    const head = `| ${columns.join(' | ')} |\n|${' --- |'.repeat(columns.length)}`
    const rows = entries.map(([code, entry]) =>
      ['', `\`${code}\``, entry.meaning, ...more.map((name) => Object(entry)[name]), '']
        .join(' | ')
        .trim(),
    )
    return [`## ${title}`, text, [head, ...rows].join('\n')].join('\n\n')
  })
  const title =
    '# Errors\n\nWritten from `service/errors.ts` and `service/verification/causes.ts` by `npm run docs`; ' +
    'a test compares.'
  const rest =
    '## Anything else is our fault\n\nStatus 500 with `INTERNAL_ERROR` and no further word; the ' +
    '`requestId` finds the cause in the log of the service.'
  return `${[title, ...sections, verificationSection(), rest].join('\n\n')}\n`
}

const checkMeanings: Record<CheckName, string> = {
  PRINCIPAL: 'Sluice’s own credentials are those of the principal that customers trust.',
  ROLE: 'The role opens for Sluice with the output’s external id.',
  EXTERNAL_ID:
    'The role refuses Sluice without an id and with three wrong ones, twice with a pause between.',
  BUCKET: 'The session of an export opens, and the bucket is there and in its region.',
  WRITE: 'S3 takes the beginning of an upload and one part, which are then given up.',
  WHOLE_OBJECT: 'S3 takes a whole object, which is removed where the role may. Only on request.',
}

const statusMeanings: Record<CheckStatus, string> = {
  PASSED: 'AWS did what an export needs.',
  FAILED: 'AWS clearly did not; `actor` says who must act, `causes` why, the likeliest first.',
  SKIPPED: 'Not tried, since a check before it has not passed, or nobody asked for it.',
  INCONCLUSIVE: 'AWS throttled, failed or did not answer, so nothing is known. Never a pass.',
}

/** What a report of `POST …/verification` names. */
function verificationSection(): string {
  const rowsOf = (meanings: [string, string][]) =>
    meanings.map(([code, meaning]) => `| \`${code}\` | ${meaning} |`).join('\n')
  const tableOf = (head: string, meanings: [string, string][]) =>
    `| ${head} | meaning |\n| --- | --- |\n${rowsOf(meanings)}`
  return [
    '## What a verification names',
    'A report is no error: it answers 200. [verification.md](verification.md) tells what is tried. The checks, ' +
      'in their order:',
    tableOf(
      'check',
      checkNames.map((name) => [name, checkMeanings[name]]),
    ),
    tableOf(
      'status',
      checkStatuses.map((status) => [status, statusMeanings[status]]),
    ),
    'AWS has one code for many causes. A cause is `CERTAIN` where AWS said so or a harmless call showed it, ' +
      'else `LIKELY` or `POSSIBLE`.',
    tableOf('cause', Object.entries(causeMeanings)),
  ].join('\n\n')
}

/** From the routes alone: nothing is opened. */
async function openapiDocument(): Promise<unknown> {
  const telemetry = openTelemetry({ level: 'silent' })
  const app = await createServer({
    clock: systemClock,
    telemetry,
    authenticate: () => Promise.reject(new Error('Routes are described here, not called.')),
    readiness: async () => [],
    ...routesOf(uncalledParts()),
  })
  try {
    return openapiOf(app)
  } finally {
    await app.close()
    telemetry.close()
  }
}

/** Routes take their parts when they are called, and describing them calls none. */
function uncalledParts(): Parts & GaugeParts {
  const refuse = (name: string | symbol) => {
    throw new Error(`A route used ${String(name)} before it was called.`)
  }
  const part: unknown = new Proxy({}, { get: (_target, name) => refuse(name) })
  const parts: unknown = new Proxy({}, { get: () => part })
  return parts as Parts & GaugeParts
}

import { storedTypeOf } from './column.ts'
import {
  adSamplesTable,
  columnsOf,
  errorDetailsTable,
  type HourTable,
  keyOf,
  type SampleTable,
  samplesTable,
} from './tables.ts'

// What differs between one server and a cluster stands in this file: engine names, ON CLUSTER, and
// the settings that make an insert durable. Every statement may run again.

/** The oldest line with all that is used here that its makers still maintained when this was written. */
export const SERVER_VERSION_MIN = '24.8'

/**
 * A smaller part is one file instead of several for each of the many columns: an insert is synced with a
 * few calls, and an hour is read without opening hundreds of files.
 */
const WIDE_PART_BYTES_MIN = 512 * 1024 ** 2

interface StoreNames {
  readonly database: string
  /** ClickHouse's name of the cluster; absent: one server. */
  readonly cluster: string | undefined
}

/** Columns beside those of a sample. No file has them. */
const ownColumns = [
  // The instant an insert was stamped with; a task reads what was stored before its snapshot.
  "stored_at DateTime64(3, 'UTC') CODEC(Delta, LZ4)",
  // Falls as stored_at rises, so that ReplacingMergeTree, which keeps the greatest, keeps the first stored.
  'precedence UInt64 CODEC(Delta, LZ4)',
  "expires_at DateTime('UTC') CODEC(Delta, LZ4)",
]

export type TableName = SampleTable['name'] | HourTable['duplicates']

interface Table {
  readonly name: TableName
  /** Columns, then indexes. */
  readonly columns: readonly string[]
  /** Of ReplacingMergeTree. */
  readonly version?: string
  /** From PARTITION BY on. */
  readonly clauses: string
}

/** The name of the index by which one impression is found: the key has its hour before it, or its day is unknown. */
export const impressionIndex = 'by_impression'

/**
 * The key begins with license and hour, so that one hour of one license touches few granules, and is
 * total within it. A file of an hour lies in one partition, hence no FINAL across partitions.
 */
const tables: readonly Table[] = [
  rowsOf(samplesTable, 'license_key, toStartOfHour(time)'),
  duplicatesOf(samplesTable),
  rowsOf(adSamplesTable, 'license_key, toStartOfHour(time)'),
  duplicatesOf(adSamplesTable),
  rowsOf(errorDetailsTable, 'license_key'),
]

function rowsOf(table: SampleTable, first: string): Table {
  return {
    name: table.name,
    columns: [
      ...columnsOf(table).map((column) => `${column.name} ${storedTypeOf(column)}`),
      ...ownColumns,
      indexOf(table),
    ],
    version: 'precedence',
    clauses: `PARTITION BY toYYYYMMDD(time)
ORDER BY (${[first, ...table.order].join(', ')})
TTL expires_at
SETTINGS min_bytes_for_wide_part = ${WIDE_PART_BYTES_MIN}`,
  }
}

function indexOf(table: SampleTable): string {
  return `INDEX ${impressionIndex} ${table.impression} TYPE bloom_filter(0.01) GRANULARITY 1`
}

function duplicatesOf({ duplicates, key, ...table }: HourTable): Table {
  return {
    name: duplicates,
    columns: [
      'license_key LowCardinality(String)',
      "hour DateTime('UTC')",
      ...key.map((column) => `${column.name} ${storedTypeOf(column)}`),
      "expires_at DateTime('UTC')",
    ],
    clauses: `PARTITION BY toYYYYMM(hour)
ORDER BY (license_key, hour, ${keyOf({ key, ...table })})
TTL expires_at`,
  }
}

/**
 * On one server each table holds its rows. On a cluster `<name>_local` does, replicated within a shard, and
 * the table of the name itself spreads inserts and gathers reads. All rows of a license are on one shard,
 * so that FINAL, and what looks up duplicates, are right shard by shard.
 */
export function schemaStatements(names: StoreNames): string[] {
  const database = identifier(names.database)
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}${onCluster(names)}`,
    ...tables.flatMap((table) => [
      `CREATE TABLE IF NOT EXISTS ${database}.${storedName(table.name, names)}${onCluster(names)} (
  ${table.columns.join(',\n  ')}
)
ENGINE = ${names.cluster === undefined ? '' : 'Replicated'}ReplacingMergeTree${
        table.version === undefined ? '' : `(${table.version})`
      }
${table.clauses}`,
      ...distributedStatement(table.name, names),
    ]),
  ]
}

function distributedStatement(name: Table['name'], names: StoreNames): string[] {
  if (names.cluster === undefined) return []
  const [database, stored] = [identifier(names.database), storedName(name, names)]
  const engine = `Distributed(${identifier(names.cluster)}, ${database}, ${stored}, sipHash64(license_key))`
  return [
    `CREATE TABLE IF NOT EXISTS ${database}.${name}${onCluster(names)} AS ${database}.${stored}
ENGINE = ${engine}`,
  ]
}

/** For columns that a newer version of Sluice has. */
export function addColumnsStatements(
  names: StoreNames,
  table: SampleTable['name'],
  definitions: string[],
): string[] {
  const additions = definitions.map((definition) => `ADD COLUMN IF NOT EXISTS ${definition}`)
  const altered = new Set([storedName(table, names), table])
  return [...altered].map(
    (name) =>
      `ALTER TABLE ${identifier(names.database)}.${name}${onCluster(names)} ${additions.join(', ')}`,
  )
}

/** For the tables of an older version. What lies there has no index until it is merged. */
export function addIndexStatement(names: StoreNames, table: SampleTable): string {
  const stored = `${identifier(names.database)}.${storedName(table.name, names)}`
  return `ALTER TABLE ${stored}${onCluster(names)} ADD ${indexOf(table)}`
}

/**
 * Rows of so many columns are dear to merge, so each is merged seldom: a merge that is not many times larger than its
 * largest part waits until a day has some fifty parts, and then takes the small ones alone. With a lower base, or
 * more parts at least, merges of new parts take a large one along, which is written again each time. Nothing here asks
 * what the values of a column are like, so nothing is counted about them: of two hundred columns that is a tenth
 * of an insert, and more of a merge.
 */
const mergeSettings: Readonly<Record<string, string>> = {
  merge_selector_base: '1000',
  min_parts_to_merge_at_once: '10',
  auto_statistics_types: "''",
}

/** Settings of tables that not every server knows, and their values as `engine_full` has them. */
export const wantedMergeSettings = Object.entries(mergeSettings).map(([name, value]) => ({
  name,
  text: `${name} = ${value}`,
}))

export function mergeStatement(
  names: StoreNames,
  storedTable: string,
  settings: readonly string[],
): string {
  const stored = `${identifier(names.database)}.${identifier(storedTable)}`
  return `ALTER TABLE ${stored}${onCluster(names)} MODIFY SETTING ${settings.join(', ')}`
}

/** Rewrites the parts that have such rows: when it is over, no merge and no replica brings them back. */
export function deleteStatement(names: StoreNames, table: TableName, condition: string): string {
  const stored = `${identifier(names.database)}.${storedName(table, names)}`
  return `ALTER TABLE ${stored}${onCluster(names)} DELETE WHERE ${condition}`
}

/** Waits for every replica. */
export const deleteSettings = { mutations_sync: 2 }

/** Where deletions that are at work are told of. */
export function mutationsOf(names: StoreNames): string {
  if (names.cluster === undefined) return 'system.mutations'
  return `clusterAllReplicas(${identifier(names.cluster)}, system.mutations)`
}

/**
 * Makes every replica that is up fetch what was acknowledged before: a closing that read a replica which
 * lags would record fewer rows than there are.
 * https://clickhouse.com/docs/sql-reference/statements/system#sync-replica
 */
export function catchUpStatements(names: StoreNames): string[] {
  if (names.cluster === undefined) return []
  return tables.map(
    ({ name }) =>
      `SYSTEM SYNC REPLICA${onCluster(names)} ${identifier(names.database)}.${storedName(name, names)} LIGHTWEIGHT`,
  )
}

/** On whichever server of a cluster it runs. Asynchronously: the other way may wait for ever. */
export function killStatement(names: StoreNames, queryId: string): string {
  return `KILL QUERY${onCluster(names)} WHERE query_id = '${queryId}' ASYNC`
}

/** A replica that is down is not waited for; it fetches the rest before it answers again. */
export const catchUpSettings = { distributed_ddl_output_mode: 'none_only_active' }

/** Of a read with FINAL: rows with one key are of one hour, and so in one partition. */
export const finalSettings = { do_not_merge_across_partitions_select_final: 1 }

/** Of whatever writes on a cluster: it waits until most replicas of the shard have the rows. */
const clusterWrites = { distributed_foreground_insert: 1, insert_quorum: 'auto' }

/**
 * Some hundreds of rows are read by one thread, and what they lack is looked up nowhere: no column has a default
 * but that of its type. What has just come is little to look through: merges make its
 * index, and find rows with one key in one insert as they and FINAL do in several.
 */
const smallInserts = {
  input_format_parallel_parsing: 0,
  input_format_defaults_for_omitted_fields: 0,
  max_threads: 1,
  optimize_on_insert: 0,
  materialize_skip_indexes_on_insert: 0,
}

/** An insert is acknowledged when its rows are stored: on a cluster, by most of the replicas of their shard. */
export function insertSettings(names: StoreNames): Record<string, string | number> {
  const settings = { async_insert: 0, date_time_input_format: 'basic', ...smallInserts }
  if (names.cluster === undefined) return settings
  return { ...settings, ...clusterWrites }
}

/** What every other statement goes with: inside IN, each shard looks at its own rows. */
export function querySettings(names: StoreNames): Record<string, string | number> {
  if (names.cluster === undefined) return {}
  return { distributed_product_mode: 'local', ...clusterWrites }
}

function storedName(name: Table['name'], names: StoreNames): string {
  return names.cluster === undefined ? name : `${name}_local`
}

function onCluster({ cluster }: StoreNames): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${identifier(cluster)}`
}

/** A name as SQL takes it. Throws for what would need escaping. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(name))
    throw new Error(`A name in ClickHouse is a word; ${name} is none.`)
  return `\`${name}\``
}

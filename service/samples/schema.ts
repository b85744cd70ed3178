import { sampleColumns, storedTypeOf } from './columns.ts'

// What differs between one server and a cluster stands in this file: engine names, ON CLUSTER, and
// the settings that make an insert durable. Every statement may run again.

/** The oldest line with all that is used here that its makers still maintained when this was written. */
export const SERVER_VERSION_MIN = '24.8'

/**
 * A smaller part is one file instead of several for each of the many columns: an insert is synced with a
 * few calls, and an hour is read without opening hundreds of files.
 */
const WIDE_PART_BYTES_MIN = 512 * 1024 ** 2

export interface StoreNames {
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

/**
 * The key begins with license and hour, so that one hour of one license touches few granules, and is
 * total within it. A file of an hour lies in one partition, hence no FINAL across partitions.
 */
export function schemaStatements(names: StoreNames): string[] {
  const on = names.cluster === undefined ? '' : ` ON CLUSTER ${identifier(names.cluster)}`
  const database = identifier(names.database)
  const replicated = names.cluster === undefined ? '' : 'Replicated'
  const columns = sampleColumns.map((column) => `${column.name} ${storedTypeOf(column)}`)
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}${on}`,
    `CREATE TABLE IF NOT EXISTS ${database}.samples${on} (${[...columns, ...ownColumns].join(', ')})
      ENGINE = ${replicated}ReplacingMergeTree(precedence)
      PARTITION BY toYYYYMMDD(time)
      ORDER BY (license_key, toStartOfHour(time), impression_id, sequence_number)
      TTL expires_at
      SETTINGS min_bytes_for_wide_part = ${WIDE_PART_BYTES_MIN}`,
    `CREATE TABLE IF NOT EXISTS ${database}.sample_duplicates${on} (
      license_key LowCardinality(String), hour DateTime('UTC'), impression_id String,
      sequence_number Int64, expires_at DateTime('UTC'))
      ENGINE = ${replicated}ReplacingMergeTree
      PARTITION BY toYYYYMM(hour)
      ORDER BY (license_key, hour, impression_id, sequence_number)
      TTL expires_at`,
  ]
}

/** For columns that a newer version of Sluice has. */
export function addColumnsStatement(names: StoreNames, definitions: string[]): string {
  const on = names.cluster === undefined ? '' : ` ON CLUSTER ${identifier(names.cluster)}`
  const additions = definitions.map((definition) => `ADD COLUMN IF NOT EXISTS ${definition}`)
  return `ALTER TABLE ${identifier(names.database)}.samples${on} ${additions.join(', ')}`
}

/** An insert is acknowledged when its rows are stored: on a cluster, by most of the replicas. */
export function insertSettings(names: StoreNames): Record<string, string | number> {
  const settings = { async_insert: 0, date_time_input_format: 'basic' }
  return names.cluster === undefined ? settings : { ...settings, insert_quorum: 'auto' }
}

/** A name as SQL takes it. Throws for what would need escaping. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(name))
    throw new Error(`A name in ClickHouse is a word; ${name} is none.`)
  return `\`${name}\``
}

import { randomUUID } from 'node:crypto'
import type { Database } from '#database'
import { HOUR_MS, plusMs } from './hour.ts'
import type { Lease } from './lease.ts'
import { awaitSettled, type Settling } from './settled.ts'
import type { Store } from './store.ts'
import {
  adSamplesTable,
  errorDetailsTable,
  type HourTable,
  type SampleTable,
  type SampleType,
  samplesTable,
} from './tables.ts'
import { endTouch, noteHours } from './touched-hours.ts'

/**
 * A person's rows leave every table. An impression is deleted whole: what was reported before the person's id
 * was known belongs to the person too. Closed hours that lose rows get a new revision, as after a backfill: they are
 * written down first, and settled once no deletion is at work, whoever has died meanwhile.
 */
export interface Deletions {
  /** Some of a person's impressions, and where their rows are; undefined when nothing is kept. */
  find(person: PersonRef): Promise<PersonRows | undefined>
  /** Resolves when the rows are gone; no snapshot from the answered instant on has them. */
  delete(person: PersonRef, rows: PersonRows): Promise<{ deletedBefore: Date }>
  /**
   * Resolves when every closed hour of these licenses that lost rows has its revision, whoever deleted them.
   * Nothing that was found is in any snapshot from the answered instant on.
   */
  finish(licenseKeys: readonly string[], signal?: AbortSignal): Promise<{ deletedBefore: Date }>
}

export interface PersonRef {
  licenseKey: string
  by: 'user_id' | 'custom_user_id' | 'impression_id'
  id: string
}

export interface PersonRows {
  impressions: string[]
  hours: HeldHour[]
  samples: number
  ads: number
  errorDetails: number
}

/** An hour with rows of a person. */
export interface HeldHour {
  type: SampleType
  hour: Date
  firstTime: Date
  lastTime: Date
  /** When the first of them was stored. */
  storedFrom: Date
}

interface DeletionParts extends Settling {
  database: Database
  store: Store
  lease: Lease
}

/** Their ids stand in a statement. */
const IMPRESSIONS_MAX = 100
const HASHES_MAX = 5_000

export function openDeletions(parts: DeletionParts): Deletions {
  const { database, store, lease } = parts
  return {
    find: async (person) => {
      await store.catchUp()
      return findRows(store, person)
    },
    delete: async (person, rows) => {
      const id = randomUUID()
      const { licenseKey } = person
      const hours = [...new Set(rows.hours.map(({ hour }) => hour.getTime()))]
      const touch = { id, licenseKey, leaseId: lease.id(), purge: true as const }
      await noteHours(
        database,
        touch,
        hours.map((ms) => new Date(ms)),
      )
      const end = async () => {
        const deletedBefore = plusMs(await lease.readWatermark(), 1)
        await endTouch(database, id, deletedBefore)
        return { deletedBefore }
      }
      // When it fails some rows may be gone, or still going: then their hours wait until nothing is at work.
      await deleteRows(store, person, rows).catch(async (error: unknown) => {
        await end()
        throw error
      })
      return end()
    },
    finish: async (licenseKeys, signal) => {
      await lease.renew({ past: await lease.readWatermark() })
      if (licenseKeys.length > 0) await awaitSettled(parts, { purgedOf: licenseKeys }, signal)
      return { deletedBefore: plusMs(await lease.readWatermark(), 1) }
    },
  }
}

async function findRows(store: Store, person: PersonRef): Promise<PersonRows | undefined> {
  const impressions = await findImpressions(store, person)
  const of = { store, person, impressions }
  const [sessions, ads, errorDetails] = await Promise.all([
    findHours(of, samplesTable),
    findHours(of, adSamplesTable),
    countErrorDetails(of),
  ])
  const hours = [...sessions, ...ads]
  if (hours.length === 0 && errorDetails === 0) return undefined
  const sum = (found: { rows: number }[]) => found.reduce((total, { rows }) => total + rows, 0)
  return { impressions, hours, samples: sum(sessions), ads: sum(ads), errorDetails }
}

async function findImpressions(store: Store, { licenseKey, by, id }: PersonRef): Promise<string[]> {
  if (by === 'impression_id') return [id]
  const rows = await store.rows<{ impression: string }>({
    sql: `SELECT DISTINCT impression FROM (
        SELECT impression_id AS impression FROM ${store.named('samples')}
        WHERE license_key = {license:String} AND ${by} = {person:String}
        UNION ALL
        SELECT ifNull(video_impression_id, '') AS impression FROM ${store.named('ad_samples')}
        WHERE license_key = {license:String} AND ${by} = {person:String})
      WHERE impression != '' ORDER BY impression LIMIT ${IMPRESSIONS_MAX}`,
    parameters: { license: licenseKey, person: id },
  })
  return rows.map(({ impression }) => impression)
}

interface Of {
  store: Store
  person: PersonRef
  impressions: string[]
}

async function findHours({ store, ...of }: Of, table: HourTable) {
  const key = table.key.map(({ name }) => name).join(', ')
  const rows = await store.rows<Record<'hour' | 'first' | 'last' | 'stored' | 'rows', string>>({
    sql: `SELECT toString(toUnixTimestamp64Milli(min(time))) AS first,
        toString(toUnixTimestamp64Milli(max(time))) AS last,
        toString(toUnixTimestamp64Milli(min(stored_at))) AS stored,
        toString(toUnixTimestamp(toStartOfHour(min(time))) * 1000) AS hour,
        toString(uniqExact(${key})) AS rows
      FROM ${store.named(table.name)} WHERE ${conditionOf(table, of)}
      GROUP BY intDiv(toUnixTimestamp64Milli(time), ${HOUR_MS}) ORDER BY hour`,
    settings: literalSettings,
  })
  const at = (ms: string) => new Date(Number(ms))
  return rows.map((row) => ({
    type: table.type,
    hour: at(row.hour),
    firstTime: at(row.first),
    lastTime: at(row.last),
    storedFrom: at(row.stored),
    rows: Number(row.rows),
  }))
}

async function countErrorDetails({ store, ...of }: Of): Promise<number> {
  const [row] = await store.rows<{ rows: string }>({
    sql: `SELECT toString(uniqExact(impression_id, error_id)) AS rows
      FROM ${store.named('error_details')} WHERE ${conditionOf(errorDetailsTable, of)}`,
    settings: literalSettings,
  })
  return Number(row?.rows ?? 0)
}

/** Samples go last: they say which impressions are the person's, should this break off. */
async function deleteRows(store: Store, person: PersonRef, rows: PersonRows): Promise<void> {
  const { impressions } = rows
  const of = { person, impressions }
  const inTable = (table: SampleTable) =>
    store.deleteRows(table.name, conditionOf(table, of), literalSettings)
  if (rows.errorDetails > 0) await inTable(errorDetailsTable)
  if (rows.ads > 0) {
    await deleteAdDuplicates(store, of)
    await inTable(adSamplesTable)
  }
  if (rows.samples === 0) return
  await store.deleteRows(samplesTable.duplicates, conditionOf(samplesTable, of), literalSettings)
  await inTable(samplesTable)
}

/** These name no impression: they are found by the ads, which go after them. */
async function deleteAdDuplicates(store: Store, of: Omit<Of, 'store'>): Promise<void> {
  const { name, duplicates } = adSamplesTable
  const ofLicense = `license_key = ${literal(of.person.licenseKey)} AND body_hash IN`
  for (;;) {
    const found = await store.rows<{ hash: string }>({
      sql: `SELECT DISTINCT body_hash AS hash FROM ${store.named(duplicates)}
        WHERE ${ofLicense} (
          SELECT body_hash FROM ${store.named(name)} WHERE ${conditionOf(adSamplesTable, of)})
        LIMIT ${HASHES_MAX}`,
      settings: literalSettings,
    })
    if (found.length === 0) return
    const hashes = found.map(({ hash }) => literal(hash)).join(', ')
    await store.deleteRows(duplicates, `${ofLicense} (${hashes})`, literalSettings)
  }
}

/** Hundreds of ids, 128 characters each, are too long for a URL, where parameters stand. */
const literalSettings = { max_query_size: 1024 ** 2 }

/** Rows of the impressions; of ads, those that name the person beside an unknown impression as well. */
function conditionOf(
  table: SampleTable,
  { person, impressions }: { person: PersonRef; impressions: string[] },
): string {
  const { licenseKey, by, id } = person
  const alternatives = [
    ...(impressions.length > 0
      ? [`${table.impression} IN (${impressions.map(literal).join(', ')})`]
      : []),
    ...(table === adSamplesTable && by !== 'impression_id' ? [`${by} = ${literal(id)}`] : []),
  ]
  const rows = alternatives.length === 0 ? 'false' : alternatives.join(' OR ')
  return `license_key = ${literal(licenseKey)} AND (${rows})`
}

/** https://clickhouse.com/docs/sql-reference/syntax#string */
function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

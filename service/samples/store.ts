import { randomUUID } from 'node:crypto'
import type { Agent } from 'node:http'
import { addAbortSignal, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client'
import { TransientError } from '#errors'
import { storedTypeOf } from './column.ts'
import { createReadingAgent } from './reading-agent.ts'
import {
  addColumnsStatements,
  addIndexStatement,
  catchUpSettings,
  catchUpStatements,
  deleteSettings,
  deleteStatement,
  identifier,
  impressionIndex,
  insertSettings,
  killStatement,
  mergeStatement,
  mutationsOf,
  querySettings,
  SERVER_VERSION_MIN,
  schemaStatements,
  type TableName,
  wantedMergeSettings,
} from './schema.ts'
import { columnsOf, type SampleTable, sampleTables } from './tables.ts'

/** Where ClickHouse is. A URL may carry its user and password itself. */
export interface StoreOptions {
  url: string
  username?: string
  password?: string
  /** Made if it is missing. */
  databaseName?: string
  /** The cluster that ON CLUSTER names; absent: one server. */
  cluster?: string
}

type Settings = Record<string, string | number>

/** JSONEachRow. What a row has beyond these columns is not stored. */
interface Lines {
  columns: readonly string[]
  lines: Buffer
}

/** A table, and the settings that it lacks, with their values. */
interface Lacking {
  name: string
  settings: string[]
}

export interface Query {
  sql: string
  parameters?: Record<string, unknown>
  settings?: Settings
  /** Which not every server knows, and an answer is right without. */
  settingsIfKnown?: Settings
  signal?: AbortSignal
}

/** The samples' tables in ClickHouse. Failures of the store are TransientErrors. */
export interface Store {
  readonly options: StoreOptions
  /** With its database, as SQL has it. */
  named(table: TableName): string
  rows<Row>(query: Query): Promise<Row[]>
  /** The query names its FORMAT. A failure, and how many rows it has, are known before the first byte. The signal ends the bytes too. */
  stream(query: Query): Promise<{ body: Readable; rows: number }>
  command(query: Query): Promise<void>
  /** Throws InsertError. */
  insert(table: SampleTable['name'], rows: Lines): Promise<void>
  /** Resolves when no row is left that the condition holds for. */
  deleteRows(table: TableName, condition: string, settings: Settings): Promise<void>
  /** Whether rows are being deleted now, by whomever. */
  isDeleting(): Promise<boolean>
  migrate(): Promise<void>
  /** Whatever was acknowledged before is seen by every read that follows, whichever replica answers. */
  catchUp(): Promise<void>
  /** Throws TransientError when the store does not answer soon. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** An insert that failed. When the store did not say so itself, it may still be at work. */
export class InsertError extends Error {
  override readonly name = 'InsertError'
  readonly isOver: boolean
  constructor(cause: unknown) {
    super('ClickHouse did not take an insert.', { cause })
    this.isOver = cause instanceof ClickHouseError
  }
}

/** No insert that was given up is at work any longer than this. */
const INSERT_MS_MAX = 20_000
const READ_MS_MAX = 600_000
const PING_MS_MAX = 5_000
const CONNECTIONS_MAX = 16
/** Rows of one hour in key order take as long as they take; a lookup that takes this long is stuck. */
const COMMAND_SECONDS_MAX = 600

/** With `readsFiles`, what `stream` answers is read with fewer buffers; whoever reads it asks `isLent`. */
export function openStore(options: StoreOptions, { readsFiles = false } = {}): Store {
  const database = options.databaseName ?? 'sluice'
  const names = { database, cluster: options.cluster }
  const ofCluster = querySettings(names)
  const client = (requestTimeoutMs: number, agent?: Agent) =>
    createClient({
      url: options.url,
      ...(options.username !== undefined && { username: options.username }),
      ...(options.password !== undefined && { password: options.password }),
      request_timeout: requestTimeoutMs,
      max_open_connections: CONNECTIONS_MAX,
      ...(agent && { http_agent: agent }),
      log: { level: ClickHouseLogLevel.OFF },
    })
  const isPlain = new URL(options.url).protocol === 'http:'
  const agent =
    readsFiles && isPlain ? createReadingAgent({ maxSockets: CONNECTIONS_MAX }) : undefined
  const [reader, writer] = [client(READ_MS_MAX, agent), client(INSERT_MS_MAX)]
  const named = (table: TableName) => `${identifier(database)}.${table}`

  /** ClickHouse goes on with a query whose connection closes, so one that is given up is killed. */
  async function read<Result>(
    query: Query,
    work: (request: ReadRequest) => Promise<Result>,
  ): Promise<Result> {
    const { signal } = query
    const queryId = randomUUID()
    const kill = () => {
      writer.command({ query: killStatement(names, queryId) }).catch(() => {}) // it ends by itself then
    }
    signal?.addEventListener('abort', kill)
    try {
      const request = { ...requestOf(query, ofCluster), query_id: queryId }
      return await attempt(() => work(request), signal)
    } finally {
      signal?.removeEventListener('abort', kill)
    }
  }

  function rows<Row>(query: Query): Promise<Row[]> {
    return read(query, async (request) => {
      const result = await reader.query({ ...request, format: 'JSONEachRow' })
      return result.json<Row>()
    })
  }

  /** Names of settings that this server has; asked once. */
  const known = new Map<string, readonly string[]>()

  async function knownOf(settings: Settings = {}): Promise<Settings> {
    const names = Object.keys(settings)
    if (names.length === 0) return {}
    const key = names.join()
    const found = known.get(key) ?? (await findSettings(names))
    known.set(key, found)
    return Object.fromEntries(Object.entries(settings).filter(([name]) => found.includes(name)))
  }

  async function findSettings(names: string[]): Promise<string[]> {
    const sql = 'SELECT name FROM system.settings WHERE name IN {names:Array(String)}'
    return (await rows<{ name: string }>({ sql, parameters: { names } })).map(({ name }) => name)
  }

  async function stream({ settingsIfKnown, ...query }: Query) {
    const settings = { ...query.settings, ...(await knownOf(settingsIfKnown)) }
    try {
      return await read({ ...query, settings }, (request) => openStream(reader, request))
    } catch (error) {
      // Servers behind one address may be upgraded one after the other.
      if (!(error instanceof ClickHouseError && error.code === UNKNOWN_SETTING)) throw error
      if (!known.delete(Object.keys(settingsIfKnown ?? {}).join())) throw error
      throw unavailable(error)
    }
  }

  async function insert(table: SampleTable['name'], { columns, lines }: Lines): Promise<void> {
    try {
      const { stream } = await writer.exec({
        query: `INSERT INTO ${named(table)} (${columns.join(', ')}) FORMAT JSONEachRow`,
        values: Readable.from([lines], { objectMode: false }),
        clickhouse_settings: {
          max_execution_time: INSERT_MS_MAX / 1000,
          ...insertSettings(names),
        },
      })
      await finished(stream.resume())
    } catch (error) {
      throw new InsertError(error)
    }
  }

  /** Those that a newer version of Sluice has. */
  async function addMissingColumns(table: SampleTable): Promise<void> {
    const present = await rows<{ name: string }>({
      sql: `SELECT name FROM system.columns
        WHERE database = {database:String} AND table = {table:String}`,
      parameters: { database, table: table.name },
    })
    const known = new Set(present.map(({ name }) => name))
    const missing = columnsOf(table).filter(({ name }) => !known.has(name))
    if (missing.length === 0) return
    const definitions = missing.map((column) => `${column.name} ${storedTypeOf(column)}`)
    for (const sql of addColumnsStatements(names, table.name, definitions)) await command({ sql })
  }

  async function addMissingIndexes(table: SampleTable): Promise<void> {
    const [older] = await rows<{ name: string }>({
      sql: `SELECT name FROM system.tables
        WHERE database = {database:String} AND replaceOne(name, '_local', '') = {table:String}
          AND engine LIKE '%ReplacingMergeTree' AND NOT position(create_table_query, {index:String})`,
      parameters: { database, table: table.name, index: impressionIndex },
    })
    if (older !== undefined) await command({ sql: addIndexStatement(names, table) })
  }

  /** A server that does not know a setting merges more. */
  async function mergeLess(): Promise<void> {
    const sql = `SELECT name, groupArray(wanted.2) AS settings
      FROM system.tables CROSS JOIN (
        SELECT arrayJoin(arrayZip({settings:Array(String)}, {texts:Array(String)})) AS wanted
        WHERE wanted.1 IN (SELECT name FROM system.merge_tree_settings)
      ) AS known
      WHERE database = {database:String} AND has({tables:Array(String)}, replaceOne(name, '_local', ''))
        AND engine LIKE '%ReplacingMergeTree'
        AND NOT has(splitByString(', ', extract(engine_full, 'SETTINGS (.*)')), wanted.2)
      GROUP BY name`
    const tables = sampleTables.map(({ name }) => name)
    const settings = wantedMergeSettings.map(({ name }) => name)
    const texts = wantedMergeSettings.map(({ text }) => text)
    const parameters = { database, tables, settings, texts }
    for (const { name, settings } of await rows<Lacking>({ sql, parameters }))
      await command({ sql: mergeStatement(names, name, settings) })
  }

  const command = (query: Query) =>
    attempt(async () => void (await reader.command(requestOf(query, ofCluster))), query.signal)

  return {
    options,
    named,
    rows,
    stream,
    command,
    insert,
    deleteRows: (table, condition, settings) =>
      command({
        sql: deleteStatement(names, table, condition),
        settings: { ...deleteSettings, ...settings },
      }),
    isDeleting: async () => {
      const [row] = await rows<{ count: string }>({
        sql: `SELECT toString(count()) AS count FROM ${mutationsOf(names)}
          WHERE database = {database:String} AND NOT is_done`,
        parameters: { database },
      })
      return row?.count !== '0'
    },
    migrate: async () => {
      await refuseOldServer(rows)
      for (const sql of schemaStatements(names)) await command({ sql })
      for (const table of sampleTables) {
        await addMissingColumns(table)
        await addMissingIndexes(table)
      }
      await mergeLess()
    },
    catchUp: async () => {
      for (const sql of catchUpStatements(names)) await command({ sql, settings: catchUpSettings })
    },
    ping: async () => {
      await rows({ sql: 'SELECT 1', signal: AbortSignal.timeout(PING_MS_MAX) })
    },
    close: async () => {
      await Promise.all([reader.close(), writer.close()])
    },
  }
}

function requestOf({ sql, parameters, settings, signal }: Query, ofCluster: Settings) {
  return {
    query: sql,
    query_params: parameters ?? {},
    clickhouse_settings: { max_execution_time: COMMAND_SECONDS_MAX, ...ofCluster, ...settings },
    ...(signal && { abort_signal: signal }),
  }
}

type ReadRequest = ReturnType<typeof requestOf> & { query_id: string }

/** `wait_end_of_query`: the server has the whole answer, or an error, before it sends any of it. */
async function openStream(client: ClickHouseClient, request: ReadRequest) {
  const { stream, summary, response_headers } = await client.exec({
    ...request,
    clickhouse_settings: { ...request.clickhouse_settings, wait_end_of_query: 1 },
  })
  if (!tellsItsEnd(response_headers)) {
    stream.destroy()
    throw endUnknown()
  }
  const { abort_signal: signal } = request
  const body = signal ? addAbortSignal(signal, stream) : stream
  return { body, rows: Number(summary?.result_rows ?? Number.NaN) }
}

/** An answer that ends where its connection does looks whole wherever it is cut. */
function tellsItsEnd(headers: Record<string, unknown> = {}): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

function endUnknown(): TransientError {
  return new TransientError(
    'SAMPLES_UNAVAILABLE',
    'The sample store’s answer has neither a length nor chunks, so that nobody could tell if it were cut. ' +
      'A proxy before ClickHouse must speak HTTP/1.1 and pass Transfer-Encoding on.',
  )
}

/** Throws the signal's reason, a mistake of ours, or TransientError. */
async function attempt<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  signal?.throwIfAborted()
  try {
    return await work()
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof TransientError) throw error
    if (error instanceof ClickHouseError && isOurMistake(error)) throw error
    throw unavailable(error)
  }
}

export function unavailable(cause: unknown): TransientError {
  return new TransientError('SAMPLES_UNAVAILABLE', 'The sample store did not answer a query.', {
    cause,
    ...(cause instanceof ClickHouseError && { details: { code: cause.code } }),
  })
}

/** Syntax, unknown names, wrong types: no repetition helps. */
const UNKNOWN_SETTING = '115'
const OUR_MISTAKES = new Set(['36', '42', '43', '46', '47', '53', '60', '62', UNKNOWN_SETTING])

function isOurMistake(error: ClickHouseError): boolean {
  return OUR_MISTAKES.has(error.code)
}

/** The version of a server. Throws when it does not answer, or is too old. Changes nothing. */
export async function inspectSampleStore(options: StoreOptions): Promise<string> {
  const store = openStore(options)
  try {
    return await refuseOldServer(store.rows)
  } finally {
    await store.close()
  }
}

async function refuseOldServer(rows: Store['rows']): Promise<string> {
  const [row] = await rows<{ version: string }>({ sql: 'SELECT version() AS version' })
  const version = row?.version ?? ''
  if (isAtLeast(version, SERVER_VERSION_MIN)) return version
  throw new Error(
    `ClickHouse is ${version}; Sluice needs ${SERVER_VERSION_MIN} or newer. Upgrade the server, or ` +
      'unset SLUICE_CLICKHOUSE_URL to use the embedded one.',
  )
}

export function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number)
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

import type {
  Compilable,
  DeleteQueryBuilder,
  DeleteResult,
  Insertable,
  InsertQueryBuilder,
  InsertResult,
  Kysely,
  QueryCreator,
  SelectQueryBuilder,
  UpdateQueryBuilder,
  UpdateResult,
} from 'kysely'
import type { Clock, Database, OrganizationId, Tables } from './database.ts'
import { prepareStatement, type Statement, writer } from './statement.ts'

/** The tables whose rows belong to an organization. */
type OwnedTable = {
  [Table in keyof Tables]: Tables[Table] extends { organization_id: unknown } ? Table : never
}[keyof Tables]

/** A new row without its organization, which the scope adds. */
type OwnedRow<Table extends OwnedTable> = Omit<Insertable<Tables[Table]>, 'organization_id'>

/**
 * The only way to an organization's rows: every statement that starts here is bound to the one
 * organization. A table joined in is not, so join on both `organization_id` columns.
 */
export interface OrganizationScope {
  readonly organizationId: OrganizationId
  readonly clock: Clock
  selectFrom<Table extends OwnedTable>(
    table: Table,
  ): SelectQueryBuilder<Tables, Table, Record<never, never>>
  insertInto<Table extends OwnedTable>(
    table: Table,
    rows: OwnedRow<Table> | OwnedRow<Table>[],
  ): InsertQueryBuilder<Tables, Table, InsertResult>
  updateTable<Table extends OwnedTable>(
    table: Table,
  ): UpdateQueryBuilder<Tables, Table, Table, UpdateResult>
  deleteFrom<Table extends OwnedTable>(
    table: Table,
  ): DeleteQueryBuilder<Tables, Table, DeleteResult>
  /** What is inserted then is inserted together with this: in one call, both or neither. */
  alongside<Table extends OwnedTable>(
    statement: InsertQueryBuilder<Tables, Table, InsertResult>,
  ): Pick<OrganizationScope, 'organizationId' | 'insertInto'>
  /** Carries out what was prepared for any organization, as this one's. */
  ask<Values, Row>(statement: ScopedStatement<Values, Row>, values: Values): Promise<Row[]>
  /** All of the work or nothing. Inside, await the given scope's queries only. */
  transaction<Result>(work: (scope: OrganizationScope) => Promise<Result>): Promise<Result>
}

/** The statement of a scope whose organization is one of the values, which `ask` alone gives it. */
type ScopedStatement<Values, Row> = Statement<Values & OfOrganization, Row>

interface OfOrganization {
  organizationId: OrganizationId
}

/** Put together once, of a scope that stands for any. */
export function prepareScoped<Values extends object, Row>(
  names: readonly (keyof Values & string)[],
  build: (scope: OrganizationScope, values: Values) => Compilable<Row>,
): ScopedStatement<Values, Row> {
  return prepareStatement<Values & OfOrganization, Row>([...names, 'organizationId'], (slots) => {
    const { organizationId, ...values } = slots
    const scope = scopeOn({ db: writer, organizationId, ...nothingToAsk })
    return build(scope, values as unknown as Values)
  })
}

/** What is put together once knows no time, and waits for nothing. */
const nothingToAsk = {
  clock: { now: refuse },
  begin: refuse,
}

function refuse(): never {
  throw new Error('A statement is put together of values alone.')
}

export function openScope(
  database: Database,
  organizationId: OrganizationId,
  clock: Clock,
): OrganizationScope {
  return scopeOn({
    db: database.db,
    organizationId,
    clock,
    begin: (work) => database.transaction(work),
  })
}

interface ScopeParts {
  db: Kysely<Tables>
  organizationId: OrganizationId
  clock: Clock
  begin<Result>(work: (tx: Kysely<Tables>) => Promise<Result>): Promise<Result>
}

function scopeOn(parts: ScopeParts): OrganizationScope {
  const { organizationId, clock } = parts
  const db = withoutTableTypes(parts.db)
  const insertBy = (creator: QueryCreator<UntypedTables>) => (table: string, rows: UntypedRows) =>
    creator.insertInto(table).values(rowsOf(rows, organizationId))
  const bound = (table: string) => [`${table}.organization_id`, '=', organizationId] as const
  return withTableTypes({
    organizationId,
    clock,
    selectFrom: (table) => db.selectFrom(table).where(...bound(table)),
    insertInto: insertBy(db),
    updateTable: (table) => db.updateTable(table).where(...bound(table)),
    deleteFrom: (table) => db.deleteFrom(table).where(...bound(table)),
    alongside: (statement) => ({
      organizationId,
      insertInto: insertBy(db.with('alongside', () => statement)),
    }),
    ask: async (statement, values) =>
      (await parts.db.executeQuery(statement.fill({ ...values, organizationId }))).rows,
    transaction: (work) =>
      parts.begin((tx) => work(scopeOn({ ...parts, db: tx, begin: (inner) => inner(tx) }))),
  })
}

function rowsOf(rows: UntypedRows, organizationId: OrganizationId): UntypedRow[] {
  const list = Array.isArray(rows) ? rows : [rows]
  return list.map((row) => ({ ...row, organization_id: organizationId }))
}

type UntypedRow = Record<string, unknown>
type UntypedRows = UntypedRow | UntypedRow[]
type UntypedTables = Record<string, UntypedRow>

interface UntypedScope {
  organizationId: OrganizationId
  clock: Clock
  selectFrom(table: string): unknown
  insertInto(table: string, rows: UntypedRows): unknown
  updateTable(table: string): unknown
  deleteFrom(table: string): unknown
  alongside(statement: InsertQueryBuilder<Tables, OwnedTable, InsertResult>): unknown
  ask: OrganizationScope['ask']
  transaction: OrganizationScope['transaction']
}

/** Kysely's types cannot follow a table that is a parameter; `organization_id` is in every OwnedTable. */
function withoutTableTypes(db: Kysely<Tables>): Kysely<UntypedTables> {
  return db as unknown as Kysely<UntypedTables>
}

/** The signatures hold again: each builder above was opened on exactly the table it was asked for. */
function withTableTypes(scope: UntypedScope): OrganizationScope {
  return scope as unknown as OrganizationScope
}

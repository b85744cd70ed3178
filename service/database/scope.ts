import type {
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
  /** Every statement of the scope that is given carries out this one too: in one call, both or neither. */
  alongside<Table extends OwnedTable>(
    statement: InsertQueryBuilder<Tables, Table, InsertResult>,
  ): OrganizationScope
  /** All of the work or nothing. Inside, await the given scope's queries only. */
  transaction<Result>(work: (scope: OrganizationScope) => Promise<Result>): Promise<Result>
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
  db: QueryCreator<Tables>
  organizationId: OrganizationId
  clock: Clock
  begin<Result>(work: (tx: Kysely<Tables>) => Promise<Result>): Promise<Result>
}

function scopeOn(parts: ScopeParts): OrganizationScope {
  const { organizationId, clock } = parts
  const db = withoutTableTypes(parts.db)
  const bound = (table: string) => [`${table}.organization_id`, '=', organizationId] as const
  return withTableTypes({
    organizationId,
    clock,
    selectFrom: (table) => db.selectFrom(table).where(...bound(table)),
    insertInto: (table, rows) => db.insertInto(table).values(rowsOf(rows, organizationId)),
    updateTable: (table) => db.updateTable(table).where(...bound(table)),
    deleteFrom: (table) => db.deleteFrom(table).where(...bound(table)),
    alongside: (statement) =>
      scopeOn({ ...parts, db: parts.db.with('alongside', () => statement) }),
    transaction: (work) =>
      parts.begin((tx) => work(scopeOn({ ...parts, db: tx, begin: (inner) => inner(tx) }))),
  })
}

function rowsOf(rows: UntypedRow | UntypedRow[], organizationId: OrganizationId): UntypedRow[] {
  const list = Array.isArray(rows) ? rows : [rows]
  return list.map((row) => ({ ...row, organization_id: organizationId }))
}

type UntypedRow = Record<string, unknown>
type UntypedTables = Record<string, UntypedRow>

interface UntypedScope {
  organizationId: OrganizationId
  clock: Clock
  selectFrom(table: string): unknown
  insertInto(table: string, rows: UntypedRow | UntypedRow[]): unknown
  updateTable(table: string): unknown
  deleteFrom(table: string): unknown
  alongside: OrganizationScope['alongside']
  transaction: OrganizationScope['transaction']
}

/** Kysely's types cannot follow a table that is a parameter; `organization_id` is in every OwnedTable. */
function withoutTableTypes(db: QueryCreator<Tables>): QueryCreator<UntypedTables> {
  return db as unknown as QueryCreator<UntypedTables>
}

/** The signatures hold again: each builder above was opened on exactly the table it was asked for. */
function withTableTypes(scope: UntypedScope): OrganizationScope {
  return scope as unknown as OrganizationScope
}

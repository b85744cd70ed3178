import type { SelectQueryBuilder, Simplify } from 'kysely'
import type { Tables } from './database.ts'
import { type OrganizationScope, prepareScoped } from './scope.ts'

interface PageAsked {
  offset: number
  limit: number
}

interface FoundPage<Row> {
  rows: Row[]
  totalCount: number
}

/** A page of an ordered query's rows, and how many there are on all pages. */
export function readPage<Table extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Table, Row>,
  page: PageAsked,
): Promise<FoundPage<Simplify<Row>>> {
  return readRows(page, {
    rows: () => query.offset(page.offset).limit(page.limit).execute(),
    count: () => countOf(query).execute(),
  })
}

/** `readPage`, of a query that is put together once. */
export function preparePage<Values extends object, Table extends keyof Tables, Row>(
  names: readonly (keyof Values & string)[],
  build: (scope: OrganizationScope, values: Values) => SelectQueryBuilder<Tables, Table, Row>,
): (scope: OrganizationScope, asked: Values & PageAsked) => Promise<FoundPage<Simplify<Row>>> {
  const rows = prepareScoped<Values & PageAsked, Simplify<Row>>(
    [...names, 'offset', 'limit'],
    (scope, values) => build(scope, values).offset(values.offset).limit(values.limit),
  )
  const count = prepareScoped(names, (scope, values: Values) => countOf(build(scope, values)))
  return (scope, asked) =>
    readRows(asked, {
      rows: () => scope.ask(rows, asked),
      count: () => scope.ask(count, asked),
    })
}

function countOf<Table extends keyof Tables, Row>(query: SelectQueryBuilder<Tables, Table, Row>) {
  return query
    .clearSelect()
    .clearOrderBy()
    .select((eb) => eb.fn.countAll<number>().as('count'))
}

/** Few rows tell by themselves how many there are. */
async function readRows<Row>(
  { offset, limit }: PageAsked,
  read: { rows(): Promise<Row[]>; count(): Promise<{ count: number }[]> },
): Promise<FoundPage<Row>> {
  const rows = await read.rows()
  const isLast = rows.length < limit && (rows.length > 0 || offset === 0)
  if (isLast) return { rows, totalCount: offset + rows.length }
  const [counted] = await read.count()
  return { rows, totalCount: counted?.count ?? 0 }
}

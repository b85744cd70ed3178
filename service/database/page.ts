import type { SelectQueryBuilder, Simplify } from 'kysely'
import type { Tables } from './database.ts'

/** A page of an ordered query's rows, and how many there are on all pages. */
export async function readPage<Table extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Table, Row>,
  page: { offset: number; limit: number },
): Promise<{ rows: Simplify<Row>[]; totalCount: number }> {
  const rows = await query.offset(page.offset).limit(page.limit).execute()
  const isLast = rows.length < page.limit && (rows.length > 0 || page.offset === 0)
  if (isLast) return { rows, totalCount: page.offset + rows.length }
  const { count } = await query
    .clearSelect()
    .clearOrderBy()
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return { rows, totalCount: count }
}

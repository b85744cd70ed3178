import { type TSchema, Type } from 'typebox'

const LIMIT_DEFAULT = 25
const LIMIT_MAX = 100
const OFFSET_MAX = 1_000_000_000

/** The querystring members of every list. */
export const PageQuery = Type.Object({
  offset: Type.Integer({ minimum: 0, maximum: OFFSET_MAX, default: 0 }),
  limit: Type.Integer({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT }),
})

/** The schema of a page of these. */
export function pageSchema<Item extends TSchema>(item: Item) {
  return Type.Object({
    totalCount: Type.Integer(),
    offset: Type.Integer(),
    limit: Type.Integer(),
    previous: Type.Optional(Type.String({ format: 'uri' })),
    next: Type.Optional(Type.String({ format: 'uri' })),
    items: Type.Array(item),
  })
}

interface PageRequest {
  readonly protocol: string
  readonly host: string
  readonly url: string
  readonly query: { offset: number; limit: number }
}

/** What was found, written as the page that was asked for, with the addresses of its neighbours. */
export function pageOf<Item, Written>(
  request: PageRequest,
  found: { items: Item[]; totalCount: number },
  write: (item: Item) => Written,
) {
  const { offset, limit } = request.query
  const at = (start: number) => addressOf(request, { offset: start, limit })
  const next = offset + limit
  return {
    totalCount: found.totalCount,
    offset,
    limit,
    ...(offset > 0 && { previous: at(Math.max(0, offset - limit)) }),
    ...(next < found.totalCount && { next: at(next) }),
    items: found.items.map((item) => write(item)),
  }
}

/** It keeps what else was asked for, but for a key. */
function addressOf(request: PageRequest, page: { offset: number; limit: number }): string {
  const address = new URL(request.url, `${request.protocol}://${request.host}`)
  for (const name of [...address.searchParams.keys()])
    if (name.toLowerCase() === 'x-api-key') address.searchParams.delete(name)
  address.searchParams.set('offset', String(page.offset))
  address.searchParams.set('limit', String(page.limit))
  return address.href
}

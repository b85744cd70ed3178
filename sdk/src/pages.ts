/** The largest page that the service answers. */
const PAGE_ITEMS = 100

export interface Page<Item> {
  totalCount: number
  items: Item[]
}

/** All items in order; or, for whoever shows a part of a long list, one page of it. */
export type List<Item> = AsyncGenerator<Item, void, undefined> & {
  /** At most 100 items. */
  page(query: { offset: number; limit: number }): Promise<Page<Item>>
}

/** Each page is asked for when the one before is used up. */
export function listAll<Item>(read: List<Item>['page']): List<Item> {
  return Object.assign(readAll(read), { page: read })
}

async function* readAll<Item>(read: List<Item>['page']): AsyncGenerator<Item, void, undefined> {
  for (let offset = 0; ; ) {
    const { items, totalCount } = await read({ offset, limit: PAGE_ITEMS })
    yield* items
    offset += items.length
    if (items.length === 0 || offset >= totalCount) return
  }
}

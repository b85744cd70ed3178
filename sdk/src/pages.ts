/** The largest page that the service answers. */
const PAGE_ITEMS = 100

interface Page<Item> {
  totalCount: number
  items: Item[]
}

/** All items, page by page, each page asked for when the one before is used up. */
export async function* listAll<Item>(
  read: (query: { offset: number; limit: number }) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  for (let offset = 0; ; ) {
    const { items, totalCount } = await read({ offset, limit: PAGE_ITEMS })
    yield* items
    offset += items.length
    if (items.length === 0 || offset >= totalCount) return
  }
}

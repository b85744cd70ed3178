/** The first of a list that is read page by page. */
export async function take<Item>(list: AsyncIterable<Item>, count: number): Promise<Item[]> {
  const items: Item[] = []
  if (count <= 0) return items
  for await (const item of list) {
    items.push(item)
    if (items.length >= count) break
  }
  return items
}

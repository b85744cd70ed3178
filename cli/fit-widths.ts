/** A column that is narrower than this is not worth reading. */
const WIDTH_MIN = 8
/** Of an id, which people copy whole. */
const ID_WIDTH = 36

/**
 * Widths of columns that fit in `widthMax` characters together: those wider than an id give way first, then
 * the widest. Where even narrow columns do not fit, they stay narrow and the line is longer.
 */
export function fitWidths(natural: readonly number[], widthMax: number): number[] {
  const sum = (widths: readonly number[]) => widths.reduce((total, width) => total + width, 0)
  const capped = (cap: number, from: number) =>
    natural.map((width) => (width > from ? Math.min(width, cap) : width))
  const isFitting = (from: number) => sum(capped(WIDTH_MIN, from)) <= widthMax
  const from = isFitting(ID_WIDTH) ? ID_WIDTH : 0
  let cap = Math.max(WIDTH_MIN, ...natural)
  while (cap > WIDTH_MIN && sum(capped(cap, from)) > widthMax) cap -= 1
  const widths = capped(cap, from)
  // What lowering the cap by one has left over goes to the columns that were cut.
  let left = widthMax - sum(widths)
  return widths.map((width, at) => {
    if (left <= 0 || width >= (natural[at] ?? 0)) return width
    left -= 1
    return width + 1
  })
}

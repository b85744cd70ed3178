/** A column that is narrower than this is not worth reading. */
const WIDTH_MIN = 8

/**
 * Widths of columns that fit in `widthMax` characters together: the widest give way first, so that short
 * columns stay whole. Where even narrow columns do not fit, they stay narrow and the line is longer.
 */
export function fitWidths(natural: readonly number[], widthMax: number): number[] {
  const sum = (cap: number) => natural.reduce((total, width) => total + Math.min(width, cap), 0)
  let cap = Math.max(WIDTH_MIN, ...natural)
  while (cap > WIDTH_MIN && sum(cap) > widthMax) cap -= 1
  const widths = natural.map((width) => Math.min(width, cap))
  // What lowering the cap by one has left over goes to the columns that were cut.
  let left = widthMax - widths.reduce((total, width) => total + width, 0)
  return widths.map((width, at) => {
    if (left <= 0 || width >= (natural[at] ?? 0)) return width
    left -= 1
    return width + 1
  })
}

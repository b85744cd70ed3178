import type { BenchRow } from './measure.ts'

// Bars of what an export takes beside what it is measured by, and of its memory while the day grows, as an SVG that
// needs no script and reads on light and dark ground.

const [WIDTH, BAR_HEIGHT, GAP, LABEL_WIDTH, VALUE_WIDTH, MARGIN] = [760, 16, 20, 230, 140, 12]

const peers = [
  { bench: 'export beside ClickHouse', name: 'ClickHouse alone' },
  { bench: 'export beside what the engine needs to its disk', name: 'engine to its disk' },
]

interface Bar {
  label: string
  length: number
  text: string
  kind: 'base' | 'ours'
}

export function drawChart(rows: readonly BenchRow[]): string {
  const panels = [besidePeers(rows), whileGrowing(rows)]
  let y = MARGIN
  const drawn = panels.flatMap((groups) => {
    const lengthMax = Math.max(...groups.flat().map(({ length }) => length))
    return groups.map((bars) => {
      const lines = bars.map((bar) => {
        const line = drawBar(bar, { y, lengthMax })
        y += BAR_HEIGHT + 2
        return line
      })
      y += GAP - 2
      return lines.join('\n')
    })
  })
  const told = panels.flat().map((bars) => bars.map(({ label, text }) => `${label}: ${text}`))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="title desc">
<title id="title">What the export of a day takes: seconds beside ClickHouse, and memory while the day grows</title>
<desc id="desc">${told.map((bars) => bars.join('; ')).join('. ')}.</desc>
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.base { fill: #8c959f } .ours { fill: #0969da }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #4493f8 } }
</style>
${drawn.join('\n')}
</svg>
`
}

/** A group for each row: what it is measured by, and ours. */
function besidePeers(rows: readonly BenchRow[]): Bar[][] {
  return peers.flatMap(({ bench, name }) =>
    rows
      .filter((row) => row.bench === bench)
      .map((row): Bar[] => {
        const { base = 0, ours } = row
        return [
          { label: name, length: base, text: `${base} s`, kind: 'base' },
          { label: labelOf(row), length: ours, text: `${ours} s`, kind: 'ours' },
        ]
      }),
  )
}

/** A group for each format. */
function whileGrowing(rows: readonly BenchRow[]): Bar[][] {
  const timeOf = ({ fileFormat, rows: count }: BenchRow) =>
    rows.find(
      (row) =>
        row.bench === 'time of an export' && row.fileFormat === fileFormat && row.rows === count,
    )
  const bars = rows
    .filter(({ bench }) => bench === 'memory of an export')
    .toSorted((a, b) => (a.rows ?? 0) - (b.rows ?? 0))
  return Object.values(Object.groupBy(bars, ({ fileFormat = '' }) => fileFormat)).map((ofFormat) =>
    (ofFormat ?? []).map((row): Bar => {
      const text = `${row.ours} MiB, ${timeOf(row)?.ours} s`
      return { label: labelOf(row), length: row.ours, text, kind: 'ours' }
    }),
  )
}

function labelOf({ rows, columns, fileFormat }: BenchRow): string {
  const format = fileFormat === 'CSV' ? 'CSV' : 'Parquet'
  return `Sluice, ${rows?.toLocaleString('en')} × ${columns}, ${format}`
}

function drawBar(
  { label, length, text, kind }: Bar,
  { y, lengthMax }: { y: number; lengthMax: number },
) {
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
  const width = Math.max(1, Math.round((room * length) / lengthMax))
  const textY = y + BAR_HEIGHT - 4
  return `<text x="${LABEL_WIDTH - 8}" y="${textY}" text-anchor="end">${label}</text>
<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>
<text x="${LABEL_WIDTH + width + 6}" y="${textY}">${text}</text>`
}

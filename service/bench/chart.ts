import type { BenchRow } from './measure.ts'

// Bars of what an export takes beside what it is measured by, as an SVG that needs no script and reads on light
// and dark ground.

const [WIDTH, BAR_HEIGHT, GAP, LABEL_WIDTH, VALUE_WIDTH, MARGIN] = [760, 16, 20, 230, 60, 12]

const groups = [
  { bench: 'export beside ClickHouse', base: 'ClickHouse alone' },
  { bench: 'export beside what the engine needs to its disk', base: 'engine to its disk' },
]

interface Bar {
  label: string
  seconds: number
  kind: 'base' | 'ours'
}

export function drawChart(rows: readonly BenchRow[]): string {
  const shown = groups.flatMap(({ bench, base }) =>
    rows.filter((row) => row.bench === bench).map((row) => barsOf(row, base)),
  )
  const secondsMax = Math.max(...shown.flat().map(({ seconds }) => seconds))
  let y = MARGIN
  const drawn = shown.map((bars) => {
    const lines = bars.map((bar) => {
      const line = drawBar(bar, { y, secondsMax })
      y += BAR_HEIGHT + 2
      return line
    })
    y += GAP - 2
    return lines.join('\n')
  })
  const text = shown.map((bars) =>
    bars.map(({ label, seconds }) => `${label}: ${seconds} s`).join('; '),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="title desc">
<title id="title">Seconds that an export of a day takes, beside ClickHouse</title>
<desc id="desc">${text.join('. ')}.</desc>
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.base { fill: #8c959f } .ours { fill: #0969da }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #4493f8 } }
</style>
${drawn.join('\n')}
</svg>
`
}

function barsOf({ rows, columns, fileFormat, base = 0, ours }: BenchRow, baseName: string): Bar[] {
  const of = `${rows?.toLocaleString('en')} × ${columns}, ${fileFormat === 'CSV' ? 'CSV' : 'Parquet'}`
  return [
    { label: baseName, seconds: base, kind: 'base' },
    { label: `Sluice, ${of}`, seconds: ours, kind: 'ours' },
  ]
}

function drawBar(
  { label, seconds, kind }: Bar,
  { y, secondsMax }: { y: number; secondsMax: number },
) {
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
  const width = Math.max(1, Math.round((room * seconds) / secondsMax))
  const textY = y + BAR_HEIGHT - 4
  return `<text x="${LABEL_WIDTH - 8}" y="${textY}" text-anchor="end">${label}</text>
<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>
<text x="${LABEL_WIDTH + width + 6}" y="${textY}">${seconds} s</text>`
}

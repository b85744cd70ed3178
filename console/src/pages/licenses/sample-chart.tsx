import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'
import { Box } from '@mantine/core'
import { type Bar, labelOf, type Span } from './sample-series.ts'

const HEIGHT_PX = 240

/** In a file of its own, since charts weigh more than all the rest of a page. */
export default function SampleChart({
  bars,
  span,
  label,
}: {
  bars: Bar[]
  span: Span
  label: string
}) {
  return (
    <Box role="img" aria-label={label}>
      <BarChart
        h={HEIGHT_PX}
        data={bars.map((bar) => ({ ...bar, label: labelOf(bar.startTime, span) }))}
        dataKey="label"
        type="stacked"
        withLegend
        series={[
          { name: 'samples', label: 'Samples', color: 'water.6' },
          { name: 'adSamples', label: 'Ad samples', color: 'yellow.6' },
        ]}
        valueFormatter={(value) => value.toLocaleString('en')}
        xAxisProps={{ minTickGap: 24 }}
        yAxisProps={{ allowDecimals: false }}
        barChartProps={{ accessibilityLayer: false, barCategoryGap: 1 }}
        barProps={{ isAnimationActive: false }}
      />
    </Box>
  )
}

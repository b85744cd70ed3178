import { SegmentedControl, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { writeCount } from '../../parts/amounts.ts'
import { Disclosure } from '../../parts/disclosure.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Rows } from '../../parts/rows.tsx'
import { licenseQueries } from './license-queries.ts'
import { type Bar, isSpan, type Span, spans, totalOf } from './sample-series.ts'

const CHART_LINES = 6
const page = '/signed-in/organizations/$organizationId/licenses/$licenseId'
const SampleChart = lazy(() => import('./sample-chart.tsx'))

/** How many samples arrived, over a window that the address names. */
export function SampleHours({ licenseId }: { licenseId: string }) {
  const search = useSearch({ from: page })
  const { span = '7d' } = search
  const navigate = useNavigate({ from: '/organizations/$organizationId/licenses/$licenseId' })
  const bars = useQuery(licenseQueries(useOrganization()).sampleHours(licenseId, span))
  return (
    <Stack>
      <SegmentedControl
        aria-label="Window"
        value={span}
        data={Object.entries(spans).map(([value, { label }]) => ({ value, label }))}
        onChange={(value) => {
          if (isSpan(value))
            void navigate({
              search: { ...search, span: value },
              replace: true,
              resetScroll: false,
            })
        }}
        maw={420}
      />
      <Loaded query={bars} what="the samples" lines={CHART_LINES}>
        {(found) => <ChartAndTable bars={found} span={span} />}
      </Loaded>
    </Stack>
  )
}

function ChartAndTable({ bars, span }: { bars: Bar[]; span: Span }) {
  const { samples, adSamples } = totalOf(bars)
  const { label, bar } = spans[span]
  const total = `${writeCount(samples, 'sample')} and ${writeCount(adSamples, 'ad sample')} in ${label}`
  if (samples + adSamples === 0)
    return (
      <Text c="dimmed" size="sm">
        No samples in {label}. A player with this license’s key sends them as soon as it plays; the
        script is below.
      </Text>
    )
  return (
    <>
      <Text size="sm">
        {total}. The last {bar} is not over yet.
      </Text>
      <Suspense fallback={<Loading what="the chart" lines={CHART_LINES} />}>
        <SampleChart
          bars={bars}
          span={span}
          label={`${total}, by ${bar}; a table below has each.`}
        />
      </Suspense>
      <Disclosure summary="As a table">
        <Rows
          caption={`Samples by ${bar}`}
          head={[bar === 'hour' ? 'Hour' : 'Day', 'Samples', 'Ad samples', 'State']}
          empty=""
          rows={bars.toReversed().map((each) => ({
            key: each.startTime,
            cells: [
              <Instant key="start" at={each.startTime} to={bar === 'hour' ? 'minute' : 'day'} />,
              each.samples.toLocaleString('en'),
              each.adSamples.toLocaleString('en'),
              each.isClosed ? 'Closed' : 'Open: more may come',
            ],
          }))}
        />
      </Disclosure>
    </>
  )
}

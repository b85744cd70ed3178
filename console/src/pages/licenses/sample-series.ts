import type { SampleHour } from '@sluice/sdk'

/** Windows that one can look at, with what a bar of them stands for. */
export const spans = {
  '24h': { label: '24 hours', hours: 24, bar: 'hour' },
  '7d': { label: '7 days', hours: 7 * 24, bar: 'hour' },
  '30d': { label: '30 days', hours: 30 * 24, bar: 'day' },
  '90d': { label: '90 days', hours: 90 * 24, bar: 'day' },
} as const

export type Span = keyof typeof spans

export function isSpan(value: unknown): value is Span {
  return typeof value === 'string' && Object.hasOwn(spans, value)
}

/** Samples of one bar. */
export interface Bar {
  startTime: string
  samples: number
  adSamples: number
  /** No more will come to it. */
  isClosed: boolean
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Until the end of the present hour; days are whole ones of UTC. */
export function windowOf(span: Span, now: Date): { start: string; end: string } {
  const { hours, bar } = spans[span]
  const end = (Math.floor(now.getTime() / HOUR_MS) + 1) * HOUR_MS
  const start = end - hours * HOUR_MS
  const first = bar === 'day' ? Math.ceil(start / DAY_MS) * DAY_MS : start
  return { start: writeInstant(first), end: writeInstant(end) }
}

export function barsOf(hours: readonly SampleHour[], span: Span): Bar[] {
  if (spans[span].bar === 'hour') return [...hours]
  const days = Map.groupBy(hours, ({ startTime }) => startTime.slice(0, 10))
  return [...days].map(([day, its]) => ({
    startTime: `${day}T00:00:00Z`,
    samples: sum(its.map(({ samples }) => samples)),
    adSamples: sum(its.map(({ adSamples }) => adSamples)),
    isClosed: its.every(({ isClosed }) => isClosed),
  }))
}

export function totalOf(bars: readonly Bar[]): { samples: number; adSamples: number } {
  return {
    samples: sum(bars.map(({ samples }) => samples)),
    adSamples: sum(bars.map(({ adSamples }) => adSamples)),
  }
}

/** For the foot of a bar: `01-31 13:00`, or `01-31` for a day. */
export function labelOf(startTime: string, span: Span): string {
  const text = new Date(startTime).toISOString()
  return spans[span].bar === 'hour'
    ? `${text.slice(5, 10)} ${text.slice(11, 16)}`
    : text.slice(5, 10)
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function writeInstant(ms: number): string {
  return new Date(ms).toISOString().replace('.000', '')
}

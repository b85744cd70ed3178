import { availableParallelism } from 'node:os'

/** One line of the benchmark: what was measured, beside what it is measured by. */
export interface BenchRow {
  readonly bench: string
  readonly unit: string
  readonly fileFormat?: 'CSV' | 'PARQUET'
  readonly rows?: number
  readonly columns?: number
  readonly base?: number
  readonly ours: number
  readonly ratio?: number
  readonly ratioMax?: number
  readonly oursMax?: number
  /** Requests that were not answered as they should. */
  readonly failed?: number
  readonly cores: number
}

type Measured = Omit<BenchRow, 'ratio' | 'cores'>

/** Prints the line and gives it back. */
export function report(measured: Measured): BenchRow {
  const { base, ours } = measured
  const row = {
    ...measured,
    ...(base !== undefined && { ratio: Number((ours / base).toFixed(2)) }),
    cores: availableParallelism(),
  }
  console.log(JSON.stringify(row))
  return row
}

const PAIRS = 3

/** Seconds each; taken in turns, so that a slow minute of the machine falls on both. */
export async function medians(
  base: () => Promise<void>,
  ours: () => Promise<void>,
  pairs = PAIRS,
): Promise<{ base: number; ours: number }> {
  const times = { base: [] as number[], ours: [] as number[] }
  for (let pair = 0; pair < pairs; pair += 1) {
    times.base.push(await secondsOf(base))
    times.ours.push(await secondsOf(ours))
  }
  return { base: median(times.base), ours: median(times.ours) }
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return Number(((performance.now() - startedMs) / 1000).toFixed(2))
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

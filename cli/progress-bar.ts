import { Presets, SingleBar } from 'cli-progress'

/** On stderr, where somebody looks at it; undefined where nobody does. */
export function startBar(
  format: string,
  of: { total: number; from?: number; shown?: object },
): SingleBar | undefined {
  const stream = process.stderr
  if (!stream.isTTY) return undefined
  const bar = new SingleBar({ stream, format, clearOnComplete: true }, Presets.shades_classic)
  bar.start(of.total, of.from ?? 0, of.shown)
  return bar
}

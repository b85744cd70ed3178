const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** `1 row`, `12,000 rows`. */
export function writeCount(count: number, noun: string): string {
  return `${numbers.format(count)} ${count === 1 ? noun : `${noun}s`}`
}

/** In steps of 1,000, as S3's bill has them. */
export function writeBytes(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1)
  return `${numbers.format(bytes / 1000 ** step)} ${units[step]}`
}

import { zstdDecompressSync } from 'node:zlib'
import type { Compressors } from 'hyparquet'
import { compressors as written } from 'hyparquet-compressors'

/** For reading Parquet. Zstandard, which is ours to write, by Node itself: in JavaScript it takes many times as long. */
export const compressors: Compressors = {
  ...written,
  ZSTD: (input, bytes) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, bytes) }),
}

import type { Transform } from 'node:stream'
import {
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
} from 'node:zlib'

// ClickHouse's own level (http_zlib_compression_level); the higher ones cost more than loopback saves.
const LEVEL = 3

interface Encoder {
  name: string
  open(): Transform
}

const encoders: readonly Encoder[] = [
  { name: 'gzip', open: () => createGzip({ level: LEVEL }) },
  { name: 'deflate', open: () => createDeflate({ level: LEVEL }) },
  {
    name: 'br',
    open: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: LEVEL } }),
  },
  { name: 'zstd', open: () => createZstdCompress() },
]

/** How an answer is compressed: only when the setting asks for it and the reader understands it. */
export function encoderFor(
  acceptEncoding: string | string[] | undefined,
  parameters: URLSearchParams,
): Encoder | undefined {
  if (parameters.get('enable_http_compression') !== '1') return undefined
  const accepted = String(acceptEncoding ?? '')
    .split(',')
    .map((entry) => entry.split(';')[0]?.trim())
  return encoders.find(({ name }) => accepted.includes(name))
}

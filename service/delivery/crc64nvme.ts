import type { Readable } from 'node:stream'
import { createCRC64, type IHasher } from 'hash-wasm'

/** The polynomial of CRC-64/NVME, reflected. */
const POLYNOMIAL = '9a6c9329ac4bc9b5'
/** Each holds a little memory of its own, and making one takes longer than a small part does. */
const idle: IHasher[] = []

/** base64, as S3 takes it in x-amz-checksum-crc64nvme. */
export async function crc64nvmeOf(body: Readable): Promise<string> {
  const hasher = (idle.pop() ?? (await createCRC64(POLYNOMIAL))).init()
  for await (const chunk of body) hasher.update(chunk)
  const checksum = Buffer.from(hasher.digest('binary')).toString('base64')
  idle.push(hasher)
  return checksum
}

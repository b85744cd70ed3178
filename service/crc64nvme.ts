import { createCRC64, type IHasher } from 'hash-wasm'

/** CRC-64/NVME, bit-reflected: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
const POLYNOMIAL = '9a6c9329ac4bc9b5'
/** Each holds a little memory of its own, and making one takes longer than a small part does. */
const idle: IHasher[] = []

/** A checksum in the making. */
export interface Crc64nvme {
  update(bytes: Uint8Array): void
  /** base64 of the eight bytes, as S3 takes it in x-amz-checksum-crc64nvme. The last call. */
  digest(): string
}

export async function startCrc64nvme(): Promise<Crc64nvme> {
  const hasher = (idle.pop() ?? (await createCRC64(POLYNOMIAL))).init()
  return {
    update: (bytes) => void hasher.update(bytes),
    digest: () => {
      const checksum = Buffer.from(hasher.digest('binary')).toString('base64')
      idle.push(hasher)
      return checksum
    },
  }
}

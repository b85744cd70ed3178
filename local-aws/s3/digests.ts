import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm'

export const checksumAlgorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]
export type DigestAlgorithm = ChecksumAlgorithm | 'md5'

/** Base64, as S3's headers carry them. */
export type Digests = Partial<Record<DigestAlgorithm, string>>

export interface Digester {
  update(bytes: Uint8Array): void
  /** Ends the digester. */
  digest(): Digests
}

/** Several digests of the same bytes. */
export async function createDigester(algorithms: readonly DigestAlgorithm[]): Promise<Digester> {
  const distinct = [...new Set(algorithms)]
  const hashes = await Promise.all(
    distinct.map(async (it) => [it, await createHasher(it)] as const),
  )
  return {
    update(bytes) {
      for (const [, hash] of hashes) hash.update(bytes)
    },
    digest: () => Object.fromEntries(hashes.map(([name, hash]) => [name, hash.digest()])),
  }
}

interface Hasher {
  update(bytes: Uint8Array): void
  /** Base64. */
  digest(): string
}

async function createHasher(algorithm: DigestAlgorithm): Promise<Hasher> {
  switch (algorithm) {
    case 'crc32':
      return createZlibCrc32()
    case 'crc32c':
    case 'crc64nvme':
      return createWasmCrc(algorithm)
    case 'md5':
    case 'sha1':
    case 'sha256': {
      const hash = createHash(algorithm)
      return { update: (bytes) => hash.update(bytes), digest: () => hash.digest('base64') }
    }
  }
}

function createZlibCrc32(): Hasher {
  let value = 0
  return {
    update(bytes) {
      value = crc32(bytes, value)
    },
    digest() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value)
      return bytes.toString('base64')
    },
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
const wasmCrcs = {
  crc32c: () => createCRC32(0x82f63b78),
  crc64nvme: () => createCRC64('9a6c9329ac4bc9b5'),
}

/** Each has memory of its own, so those that have ended are used again. */
const idle: Record<keyof typeof wasmCrcs, IHasher[]> = { crc32c: [], crc64nvme: [] }

async function createWasmCrc(algorithm: keyof typeof wasmCrcs): Promise<Hasher> {
  const hasher = (idle[algorithm].pop() ?? (await wasmCrcs[algorithm]())).init()
  return {
    update: (bytes) => hasher.update(bytes),
    digest() {
      const value = Buffer.from(hasher.digest('binary')).toString('base64')
      idle[algorithm].push(hasher)
      return value
    },
  }
}

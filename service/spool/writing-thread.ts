/**
 * Writes spool files and hashes them as they pass, in a thread of its own: a gigabyte costs some
 * seconds of one core, and the thread that answers requests must not pay them. Hashing is synchronous
 * on purpose, since nothing else runs in this thread; the disk writes a chunk while it is hashed.
 */
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { parentPort } from 'node:worker_threads'
import { createCRC64, type IHasher } from 'hash-wasm'

/** CRC-64/NVME, bit-reflected: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5'

export type Order =
  | { kind: 'append'; fileId: number; path: string; buffer: ArrayBuffer; bytes: number }
  | { kind: 'finish'; fileId: number; path: string }
  | { kind: 'discard'; fileId: number; path: string }

export type Answer =
  | { kind: 'taken'; fileId: number; buffer: ArrayBuffer }
  | { kind: 'finished'; fileId: number; digests: Digests }
  | { kind: 'discarded'; fileId: number }
  | { kind: 'failed'; fileId: number; code: string | undefined; message: string }

/** What is known of a file when its last byte is written. `bytes` is its size. */
export interface Digests {
  readonly bytes: number
  /** hex */
  readonly sha256: string
  /** hex */
  readonly md5: string
  /** base64 of the eight bytes, as S3 takes it in x-amz-checksum-crc64nvme */
  readonly crc64nvme: string
}

interface OpenFile {
  handle: FileHandle
  bytes: number
  sha256: Hash
  md5: Hash
  crc64: IHasher
}

async function appendTo(file: OpenFile, chunk: Uint8Array): Promise<void> {
  const written = writeAll(file.handle, chunk)
  file.sha256.update(chunk)
  file.md5.update(chunk)
  file.crc64.update(chunk)
  file.bytes += chunk.length
  await written
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await handle.write(chunk, written)).bytesWritten
  }
}

function digestsOf(file: OpenFile): Digests {
  return {
    bytes: file.bytes,
    sha256: file.sha256.digest('hex'),
    md5: file.md5.digest('hex'),
    crc64nvme: Buffer.from(file.crc64.digest('binary')).toString('base64'),
  }
}

/** The orders of one port, one after the other. A hasher holds memory of its own and is used again. */
export function createWriter(newHasher: () => Promise<IHasher>): {
  carryOut(order: Order): Promise<Answer>
} {
  const files = new Map<number, OpenFile>()
  const idleHashers: IHasher[] = []

  async function fileOf(order: Order): Promise<OpenFile> {
    const found = files.get(order.fileId)
    if (found !== undefined) return found
    const handle = await open(order.path, 'w', 0o600)
    const crc64 = (idleHashers.pop() ?? (await newHasher())).init()
    const opened = {
      handle,
      bytes: 0,
      sha256: createHash('sha256'),
      md5: createHash('md5'),
      crc64,
    }
    files.set(order.fileId, opened)
    return opened
  }

  async function close(fileId: number): Promise<void> {
    const file = files.get(fileId)
    if (file === undefined) return
    files.delete(fileId)
    idleHashers.push(file.crc64)
    await file.handle.close()
  }

  async function act(order: Order): Promise<Answer> {
    switch (order.kind) {
      case 'append':
        await appendTo(await fileOf(order), new Uint8Array(order.buffer, 0, order.bytes))
        return { kind: 'taken', fileId: order.fileId, buffer: order.buffer }
      case 'finish': {
        const digests = digestsOf(await fileOf(order))
        await close(order.fileId)
        return { kind: 'finished', fileId: order.fileId, digests }
      }
      case 'discard':
        await close(order.fileId)
        await rm(order.path, { force: true })
        return { kind: 'discarded', fileId: order.fileId }
    }
  }

  return {
    async carryOut(order) {
      try {
        return await act(order)
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException // fs throws nothing else
        return { kind: 'failed', fileId: order.fileId, code, message }
      }
    },
  }
}

/** Answers the orders of the port in their order. */
function listen(port: NonNullable<typeof parentPort>): void {
  const writer = createWriter(() => createCRC64(CRC64NVME_POLYNOMIAL))
  let last = Promise.resolve()
  port.on('message', (order: Order) => {
    last = last.then(async () => {
      const answer = await writer.carryOut(order)
      port.postMessage(answer, answer.kind === 'taken' ? [answer.buffer] : [])
    })
  })
}

if (parentPort !== null) listen(parentPort)

/**
 * Fetches what a file shall hold, writes it and hashes it as it passes: a gigabyte costs some seconds of
 * one core. Hashing is synchronous on purpose, since nothing but other files waits in this thread; the disk
 * writes a block while it is hashed.
 */
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type Crc64nvme, startCrc64nvme } from '#crc64nvme'
import { TransientError } from '#errors'
import { serve } from '#thread'

/** Written and hashed at once, and the step in which room on the disk is taken. */
const BLOCK_BYTES = 1024 ** 2

/** What a file shall hold: these bytes, or those of a module that is imported into the writing thread. */
export type Source = Uint8Array | ThreadSource

export interface ThreadSource {
  /** The URL of a module that exports `open`, an OpenSource. */
  readonly module: string
  /** What `open` is given; it crosses into the thread. */
  readonly argument: unknown
}

/** Resolves when the first byte is there; the signal ends the bytes too. Chunks are given away: their memory goes with them. */
export type OpenSource<Argument> = (
  argument: Argument,
  signal: AbortSignal,
) => Promise<AsyncIterable<Uint8Array>>

export interface FileToWrite {
  readonly path: string
  readonly source: Source
  /** Files of more bytes have a CRC64NVME. */
  readonly crc64nvmeAboveBytes: number
}

/** What is known of a file when its last byte is written. `bytes` is its size. */
export interface Digests {
  readonly bytes: number
  /** hex */
  readonly sha256: string
  /** hex */
  readonly md5: string
  /** base64 of the eight bytes, as S3 takes it in x-amz-checksum-crc64nvme; a small file has none */
  readonly crc64nvme: string | undefined
}

interface Context {
  signal: AbortSignal
  /** Waits for room on the disk. */
  ask(bytes: number): Promise<void>
}

/** What it leaves when it fails is removed by the spool, as when the thread itself ends. */
async function write(file: FileToWrite, context: Context): Promise<Digests> {
  const bytes = await bytesOf(file.source, context.signal)
  const handle = await open(file.path, 'w+', 0o600).catch(throwDiskError)
  try {
    return await writeTo(handle, bytes, { ...context, ...file })
  } finally {
    await handle.close().catch(throwDiskError)
  }
}

async function bytesOf(source: Source, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  if (source instanceof Uint8Array) return blocksOf(source)
  const { open: openSource }: { open: OpenSource<unknown> } = await import(source.module)
  return openSource(source.argument, signal)
}

async function* blocksOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

async function writeTo(
  handle: FileHandle,
  source: AsyncIterable<Uint8Array>,
  { signal, ask, crc64nvmeAboveBytes }: Context & FileToWrite,
): Promise<Digests> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')]
  let crc64nvme: Crc64nvme | undefined
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  let [filled, bytes] = [0, 0]
  const flush = async () => {
    const full = block.subarray(0, filled)
    await ask(filled)
    if (bytes + filled > crc64nvmeAboveBytes)
      crc64nvme ??= await startOver(handle, bytes, sha256.copy())
    const written = writeAll(handle, full)
    sha256.update(full)
    md5.update(full)
    crc64nvme?.update(full)
    await written
    bytes += filled
    filled = 0
  }
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + BLOCK_BYTES - filled)
      block.set(part, filled)
      filled += part.length
      taken += part.length
      if (filled === BLOCK_BYTES) await flush()
    }
    free(chunk)
  }
  signal.throwIfAborted() // a source that was stopped may look like one that has ended
  if (filled > 0) await flush()
  return {
    bytes,
    sha256: sha256.digest('hex'),
    md5: md5.digest('hex'),
    crc64nvme: crc64nvme?.digest(),
  }
}

/** At once: the collector looks at the whole heap for every fifty megabytes of chunks. */
function free({ buffer, byteLength }: Uint8Array): void {
  if (byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** Of what was written so far, read again: the SHA-256 of what had passed says that it is the same. */
async function startOver(handle: FileHandle, bytes: number, passed: Hash): Promise<Crc64nvme> {
  const [crc64nvme, sha256] = [await startCrc64nvme(), createHash('sha256')]
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  for (let at = 0; at < bytes; ) {
    const wanted = Math.min(block.length, bytes - at)
    const { bytesRead } = await handle.read(block, 0, wanted, at).catch(throwDiskError)
    if (bytesRead === 0) break
    const piece = block.subarray(0, bytesRead)
    crc64nvme.update(piece)
    sha256.update(piece)
    at += bytesRead
  }
  if (!sha256.digest().equals(passed.digest())) throwDiskError({ code: 'OTHER_BYTES' })
  return crc64nvme
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    for (let written = 0; written < bytes.length; )
      written += (await handle.write(bytes, written)).bytesWritten
  } catch (error) {
    throwDiskError(error)
  }
}

function throwDiskError(error: unknown): never {
  const code = String(Object(error).code)
  const isDiskFull = code === 'ENOSPC' || code === 'EDQUOT'
  throw new TransientError(
    isDiskFull ? 'SPOOL_DISK_FULL' : 'SPOOL_FAILED',
    isDiskFull
      ? 'The disk of the spool is full. The operator of Sluice must free space on it.'
      : 'The spool could not write a file to the local disk.',
    { details: { code } },
  )
}

serve(write)

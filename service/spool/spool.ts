import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { TransientError } from '#errors'
import { moveInto } from './dwelling.ts'
import { createRoom, type Occupant } from './room.ts'
import { bufferBytes, startWritingThread, type ThreadFile, WritingError } from './thread.ts'
import type { Digests } from './writing-thread.ts'

/** A complete file on our disk. It is removed when it is disposed of. */
export interface SpoolFile extends AsyncDisposable, Digests {
  readonly path: string
}

/** Bounded local disk between samples and delivery. */
export interface Spool extends AsyncDisposable {
  /**
   * Writes all of `source` to a file, hashed on the way, off the main thread. Waits for room, so whoever
   * holds a spool file must let go of it without waiting for another write. Throws TransientError when
   * the disk or the bound is too small, the source's own error, or the signal's reason; no half file stays.
   */
  write(source: Readable, options: { signal: AbortSignal }): Promise<SpoolFile>
  /** What all files take up now. */
  readonly bytesUsed: number
  close(): Promise<void>
}

/** Opens the spool and removes what dead processes left in it; living ones may share the directory. */
export async function openSpool(options: { directory: string; bytesMax: number }): Promise<Spool> {
  const dwelling = await moveInto(options.directory)
  const thread = startWritingThread()
  const room = createRoom(options.bytesMax)
  let filesWritten = 0

  async function write(source: Readable, signal: AbortSignal): Promise<SpoolFile> {
    const path = join(dwelling.folder, String(++filesWritten))
    const file = thread.openFile(path)
    const occupant = room.enter()
    try {
      await copy({ source, file, occupant, signal })
      const digests = await file.finish()
      return { ...digests, path, [Symbol.asyncDispose]: () => remove(path, occupant) }
    } catch (error) {
      source.destroy()
      await file.discard()
      occupant.leave()
      throw signal.aborted ? signal.reason : asTransient(error)
    }
  }

  async function close(): Promise<void> {
    await thread[Symbol.asyncDispose]()
    await dwelling[Symbol.asyncDispose]()
  }

  return {
    write: (source, { signal }) => write(source, signal),
    get bytesUsed() {
      return room.bytesUsed
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function remove(path: string, occupant: Occupant): Promise<void> {
  await rm(path, { force: true })
  occupant.leave()
}

/** Fills buffers from the source and hands each over once there is room for it on the disk. */
async function copy(parts: {
  source: Readable
  file: ThreadFile
  occupant: Occupant
  signal: AbortSignal
}): Promise<void> {
  const { source, file, occupant, signal } = parts
  signal.throwIfAborted()
  const stop = () => source.destroy(asError(signal.reason))
  signal.addEventListener('abort', stop)
  try {
    let buffer = new Uint8Array(await file.takeBuffer())
    let filled = 0
    const handOver = async () => {
      await occupant.take(filled, signal)
      file.append(buffer.buffer, filled)
    }
    for await (const chunk of source) {
      const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      for (let taken = 0; taken < bytes.length; ) {
        const part = bytes.subarray(taken, taken + bufferBytes - filled)
        buffer.set(part, filled)
        filled += part.length
        taken += part.length
        if (filled < bufferBytes) continue
        await handOver()
        buffer = new Uint8Array(await file.takeBuffer())
        filled = 0
      }
    }
    await handOver() // also when it is empty: an empty source makes an empty file
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

function asTransient(error: unknown): unknown {
  if (!(error instanceof WritingError)) return error
  const isDiskFull = error.code === 'ENOSPC' || error.code === 'EDQUOT'
  return new TransientError(
    isDiskFull ? 'SPOOL_DISK_FULL' : 'SPOOL_FAILED',
    isDiskFull
      ? 'The disk of the spool is full. The operator of Sluice must free space on it.'
      : 'The spool could not write a file to the local disk.',
    { cause: error },
  )
}

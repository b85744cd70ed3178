import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startThread } from '#thread'
import { moveInto } from './dwelling.ts'
import { createRoom, type Occupant } from './room.ts'
import type { Digests, FileToWrite, Source } from './writing-thread.ts'

export type { OpenSource, ThreadSource } from './writing-thread.ts'

/** A complete file on our disk. It is removed when it is disposed of. */
export interface SpoolFile extends AsyncDisposable, Digests {
  readonly path: string
}

/** Bounded local disk between samples and delivery. */
export interface Spool extends AsyncDisposable {
  /**
   * Writes all of `source` to a file, hashed on the way, in a thread of its own. Waits for room, so whoever
   * holds a spool file must let go of it without waiting for another write. Throws TransientError when
   * the disk or the bound is too small, the source's own error, or the signal's reason; no half file stays.
   */
  write(source: Source, options: { signal: AbortSignal }): Promise<SpoolFile>
  /** What all files take up now. */
  readonly bytesUsed: number
  /** Files that wait for room. */
  readonly writersWaiting: number
  close(): Promise<void>
}

interface SpoolOptions {
  directory: string
  bytesMax: number
  /** Files of more bytes have a CRC64NVME, which costs as much as the SHA-256 does. Absent: all but empty ones. */
  crc64nvmeAboveBytes?: number
}

/** Opens the spool and removes what dead processes left in it; living ones may share the directory. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { crc64nvmeAboveBytes = 0 } = options
  const dwelling = await moveInto(options.directory)
  const thread = startThread(new URL('./writing-thread.ts', import.meta.url))
  const room = createRoom(options.bytesMax)
  let filesWritten = 0

  async function write(source: Source, signal: AbortSignal): Promise<SpoolFile> {
    const path = join(dwelling.folder, String(++filesWritten))
    const occupant = room.enter()
    const grant = (bytes: unknown) => occupant.take(Number(bytes), signal)
    try {
      const file: FileToWrite = { path, source, crc64nvmeAboveBytes }
      const digests = await thread.run<Digests>(file, { signal, grant })
      return { ...digests, path, [Symbol.asyncDispose]: () => remove(path, occupant) }
    } catch (error) {
      await remove(path, occupant)
      throw error
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
    get writersWaiting() {
      return room.writersWaiting
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function remove(path: string, occupant: Occupant): Promise<void> {
  await rm(path, { force: true })
  occupant.leave()
}

import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createDigester, type DigestAlgorithm, type Digests } from './digests.ts'
import { createHashing, type Hashing, type RemoteDigester } from './hashing.ts'

/** A run of an object's bytes, in a file of its own. A multipart upload leaves one for each part. */
export interface Piece {
  file: string
  bytes: number
}

export interface WrittenFile extends Piece {
  digests: Digests
}

/** Object bodies on the disk, under random names; what they are of stands in the catalog. */
export interface ObjectFiles {
  /** Writes all of the source, whose pieces are gone then. The file is on the disk when this resolves. */
  write(
    file: string,
    source: AsyncIterable<Buffer>,
    algorithms: DigestAlgorithm[],
  ): Promise<WrittenFile>
  /** The bytes from start, inclusive, to end, exclusive, across the pieces. */
  read(pieces: readonly Piece[], range: { start: number; end: number }): AsyncGenerator<Buffer>
  /** Keeps the files until the release that it returns, whoever removes them. */
  hold(files: readonly string[]): () => Promise<void>
  /** Removes the files but those that somebody holds: they go with the release. Gives those that went. */
  remove(files: readonly string[]): Promise<string[]>
  close(): Promise<void>
}

export function newFileName(): string {
  return randomBytes(16).toString('hex')
}

const BLOCK_BYTES = 1024 * 1024
/** For each upload: one fills while one is written and hashed. */
const BLOCKS_IN_FLIGHT_MAX = 3
const IDLE_BLOCKS_MAX = 32

export async function openObjectFiles(directory: string): Promise<ObjectFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const hashing = createHashing()
  const idleBlocks: SharedArrayBuffer[] = []
  const pathOf = (file: string) => join(directory, file.slice(0, 2), file)
  const holders = createHolders((file) => rm(pathOf(file), { force: true }))

  async function write(
    file: string,
    source: AsyncIterable<Buffer>,
    algorithms: DigestAlgorithm[],
  ): Promise<WrittenFile> {
    await mkdir(join(directory, file.slice(0, 2)), { recursive: true, mode: 0o700 })
    const handle = await open(pathOf(file), 'wx', 0o600)
    try {
      const written = await writeBlocks({ handle, source, algorithms, hashing, idleBlocks })
      await handle.datasync()
      return { file, ...written }
    } finally {
      await handle.close()
    }
  }

  return {
    write,
    read: (pieces, range) => readPieces(pieces, range, pathOf),
    hold: holders.hold,
    remove: holders.remove,
    close: () => hashing.close(),
  }
}

interface Writing {
  handle: FileHandle
  source: AsyncIterable<Buffer>
  algorithms: DigestAlgorithm[]
  hashing: Hashing
  idleBlocks: SharedArrayBuffer[]
}

/** A body that fits one block is hashed here; a larger one costs too much of this thread. */
async function writeBlocks(writing: Writing): Promise<Omit<WrittenFile, 'file'>> {
  const { handle, source, algorithms, hashing, idleBlocks } = writing
  const inFlight: Promise<void>[] = []
  let digester: RemoteDigester | undefined
  let block = idleBlocks.pop() ?? new SharedArrayBuffer(BLOCK_BYTES)
  let view = Buffer.from(block)
  let filled = 0
  let position = 0

  const giveBack = (it: SharedArrayBuffer) => {
    if (idleBlocks.length < IDLE_BLOCKS_MAX) idleBlocks.push(it)
  }

  async function flush(): Promise<void> {
    digester ??= hashing.open(algorithms)
    const [full, bytes, at] = [block, filled, position]
    const done = Promise.all([digester.update(full, bytes), writeAll(handle, view, bytes, at)])
    const freed = done.then(() => giveBack(full))
    freed.catch(() => undefined) // seen when it is awaited
    inFlight.push(freed)
    position += filled
    if (inFlight.length >= BLOCKS_IN_FLIGHT_MAX) await inFlight.shift()
    block = idleBlocks.pop() ?? new SharedArrayBuffer(BLOCK_BYTES)
    view = Buffer.from(block)
    filled = 0
  }

  try {
    for await (const piece of source) {
      for (let taken = 0; taken < piece.length; ) {
        const copied = piece.copy(view, filled, taken)
        filled += copied
        taken += copied
        if (filled === BLOCK_BYTES) await flush()
      }
      free(piece)
    }
    if (!digester) return { bytes: filled, digests: await writeSmall(writing, view, filled) }
    if (filled > 0) await flush()
    await Promise.all(inFlight)
    const digests = await digester.finish()
    digester = undefined
    return { bytes: position, digests }
  } finally {
    await Promise.allSettled(inFlight) // the file must stay open while it is written
    digester?.finish().catch(() => undefined)
    giveBack(block)
  }
}

/** At once: the collector looks at the whole heap for every fifty megabytes of what requests bring. */
function free({ buffer, length }: Buffer): void {
  if (length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

async function writeSmall(
  { handle, algorithms }: Writing,
  view: Buffer,
  bytes: number,
): Promise<Digests> {
  const digester = await createDigester(algorithms)
  const written = writeAll(handle, view, bytes, 0)
  digester.update(view.subarray(0, bytes))
  await written
  return digester.digest()
}

async function writeAll(handle: FileHandle, view: Buffer, bytes: number, at: number) {
  for (let done = 0; done < bytes; ) {
    const { bytesWritten } = await handle.write(view, done, bytes - done, at + done)
    done += bytesWritten
  }
}

async function* readPieces(
  pieces: readonly Piece[],
  { start, end }: { start: number; end: number },
  pathOf: (file: string) => string,
): AsyncGenerator<Buffer> {
  let offset = 0
  for (const { file, bytes } of pieces) {
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, bytes)
    offset += bytes
    if (from >= to) continue
    const handle = await open(pathOf(file), 'r')
    yield* handle.createReadStream({ start: from, end: to - 1, highWaterMark: BLOCK_BYTES / 2 })
  }
}

/** Who still reads a file that is to go keeps it until the end. */
function createHolders(removeFile: (file: string) => Promise<void>) {
  const counts = new Map<string, number>()
  const doomed = new Set<string>()
  return {
    hold(files: readonly string[]) {
      for (const file of files) counts.set(file, (counts.get(file) ?? 0) + 1)
      return async () => {
        for (const file of files) {
          const left = (counts.get(file) ?? 0) - 1
          if (left > 0) counts.set(file, left)
          else counts.delete(file)
          if (left <= 0 && doomed.delete(file)) await removeFile(file)
        }
      }
    },
    async remove(files: readonly string[]) {
      const held = files.filter((file) => counts.has(file))
      for (const file of held) doomed.add(file)
      const free = files.filter((file) => !counts.has(file))
      for (const file of free) await removeFile(file)
      return free
    },
  }
}

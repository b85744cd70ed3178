import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * A process's own folder below a directory that several processes share, and the proof that the
 * process lives: the kernel's lock on a file beside the folder, taken through SQLite since Node has no
 * flock. It ends with the process, whatever becomes of process ids (in a container the first is always 1).
 */
interface Dwelling extends AsyncDisposable {
  readonly folder: string
}

const lockSuffix = '.lock'

/** Makes a folder of our own and removes what processes left that no longer live. */
export async function moveInto(directory: string): Promise<Dwelling> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const name = randomBytes(8).toString('hex')
  const folder = join(directory, name)
  const lock = tryLock(folder + lockSuffix) // first the lock, then what it protects
  if (lock === undefined) return moveInto(directory) // another process took it for a dead one's
  await mkdir(folder, { mode: 0o700 })
  await clearDead(directory, name)
  return {
    folder,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true })
      await rm(folder + lockSuffix, { force: true })
      lock.close()
    },
  }
}

async function clearDead(directory: string, ownName: string): Promise<void> {
  const names = new Set((await readdir(directory)).map((name) => name.replace(lockSuffix, '')))
  names.delete(ownName)
  for (const name of names) {
    if (!/^[0-9a-f]{16}$/.test(name)) continue
    const path = join(directory, name)
    const lock = tryLock(path + lockSuffix)
    if (lock === undefined) continue
    await rm(path, { recursive: true, force: true })
    await rm(path + lockSuffix, { force: true })
    lock.close()
  }
}

const SQLITE_BUSY = 5

function tryLock(path: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(path)
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return
    throw error
  }
}

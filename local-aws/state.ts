import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { lockDirectory } from './directory-lock.ts'
import { createHeldBack, type Holding } from './held-back.ts'
import type { Identities } from './identities.ts'

/**
 * The identities are held in memory and kept in one file, which is replaced as a whole; a change
 * counts once the new file is on the disk.
 */
export interface State {
  /** As it is now. Read only: changes go through `change`. */
  readonly identities: Identities
  /** As it holds for who may do what: without the changes that are still held back. */
  identitiesAt(now: Date): Identities
  /**
   * Applies the work to a copy, makes the copy durable, then lets it be seen; nothing changes when
   * the work throws. One change at a time. With `holdsFrom` it is seen at once and holds later.
   */
  change<R>(work: (identities: Identities) => R, holding?: Holding): Promise<R>
  /** Resolves when running changes are durable and the directory is free. */
  close(): Promise<void>
}

const FILE_NAME = 'identities.json'

export async function openState(dataDirectory: string): Promise<State> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const lock = lockDirectory(dataDirectory)
  const path = join(dataDirectory, FILE_NAME)
  let identities = await readIdentities(path)
  let last: Promise<unknown> = Promise.resolve()
  const heldBack = createHeldBack()

  async function apply<R>(work: (identities: Identities) => R, holding?: Holding): Promise<R> {
    const changed = structuredClone(identities)
    const result = work(changed)
    await replaceFile(path, writeIdentities(changed))
    if (holding) heldBack.add({ before: identities, after: changed }, holding)
    identities = changed
    return result
  }

  return {
    get identities() {
      return identities
    },
    identitiesAt: (now) => heldBack.withoutHeldBack(identities, now),
    change(work, holding) {
      const result = last.then(() => apply(work, holding))
      last = result.catch(() => undefined)
      return result
    },
    async close() {
      await last
      lock.release()
    },
  }
}

async function readIdentities(path: string): Promise<Identities> {
  try {
    return parseIdentities(await readFile(path, 'utf8'))
  } catch (error) {
    if (!isMissing(error)) throw error
    const identities = { tokenKey: randomBytes(32).toString('base64'), accounts: new Map() }
    await replaceFile(path, writeIdentities(identities))
    return identities
  }
}

/** The cast holds because nobody but `replaceFile` writes this file, whole or not at all. */
function parseIdentities(text: string): Identities {
  return JSON.parse(text, (_name, value) => {
    const isMap = typeof value === 'object' && value !== null && Array.isArray(value.entries)
    return isMap ? new Map(value.entries) : value
  }) as Identities
}

function writeIdentities(identities: Identities): string {
  return JSON.stringify(identities, (_name, value) => {
    return value instanceof Map ? { entries: [...value] } : value
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Replaces a file so that a crash leaves either the old or the new content. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const next = `${path}.next`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
  const directory = await open(join(path, '..'), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

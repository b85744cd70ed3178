import { rename, writeFile } from 'node:fs/promises'

/** Writes a file whole or not at all, and for the owner's eyes: it may hold keys. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(unfinished, path)
}

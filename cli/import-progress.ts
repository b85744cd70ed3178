import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Place } from './cut-rows.ts'

/** What was imported of a file: kept while the import is not at its end. */
interface Progress {
  place: Place
  accepted: number
  rejected: number
}

/** What must be the same for an import to go on. */
export interface ImportedFile {
  path: string
  bytes: number
  modifiedMs: number
  licenseKey: string
  apiUrl: string
}

/** `$XDG_STATE_HOME/sluice/imports`: https://specifications.freedesktop.org/basedir-spec/latest/ */
function stateFileOf({ path, licenseKey, apiUrl }: ImportedFile): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state')
  const name = createHash('sha256').update(`${resolve(path)}\n${licenseKey}\n${apiUrl}`)
  return join(state, 'sluice', 'imports', `${name.digest('hex').slice(0, 32)}.json`)
}

const versionOf = ({ bytes, modifiedMs }: ImportedFile) => `${bytes} ${modifiedMs}`

/** Undefined: the file was never begun, or has changed since. */
export async function findProgress(file: ImportedFile): Promise<Progress | undefined> {
  try {
    const kept = JSON.parse(await readFile(stateFileOf(file), 'utf8'))
    return kept.version === versionOf(file) ? kept.progress : undefined
  } catch {
    return undefined
  }
}

export async function keepProgress(file: ImportedFile, progress: Progress): Promise<void> {
  const path = stateFileOf(file)
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
  const text = JSON.stringify({ file: resolve(file.path), version: versionOf(file), progress })
  await writeFile(`${path}.next`, text, { mode: 0o600 })
  await rename(`${path}.next`, path)
}

export async function forgetProgress(file: ImportedFile): Promise<void> {
  await rm(stateFileOf(file), { force: true })
}

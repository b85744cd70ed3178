import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ObjectFiles } from './object-files.ts'

/**
 * What buckets, objects and uploads there are, in one SQLite file. Keys are compared as UTF-8 bytes,
 * as S3 lists them. A commit is in the hands of the system when it returns, so it survives the death
 * of the process; the bodies it names were synced to the disk before.
 *
 * A file that belongs to no object stands in `loose_files`, from before its first byte until an
 * object takes it, and again when the object goes: what a dead process left is removed at the start.
 */
export interface Catalog {
  readonly database: DatabaseSync
  transaction<R>(work: () => R): R
  /** Says that this file belongs to nothing yet. */
  addLooseFile(file: string): void
  /** An object or part has it now. To be called in the transaction that says so. */
  takeFiles(files: readonly string[]): void
  /** Nothing has it any more. To be called in the transaction that says so; then `removeLoose`. */
  loosenFiles(files: readonly string[]): void
  removeLoose(objectFiles: ObjectFiles, files: readonly string[]): Promise<void>
  listLooseFiles(): string[]
  close(): void
}

const schema = `
  create table if not exists buckets (name text primary key, document text not null) without rowid;
  create table if not exists objects (
    bucket text not null, key text not null, document text not null, pieces text not null,
    primary key (bucket, key)) without rowid;
  create table if not exists uploads (
    id text primary key, bucket text not null, key text not null, document text not null) without rowid;
  create index if not exists uploads_of_bucket on uploads (bucket, key, id);
  create table if not exists parts (
    upload_id text not null, part_number integer not null, document text not null,
    primary key (upload_id, part_number)) without rowid;
  create table if not exists loose_files (file text primary key) without rowid;
  create table if not exists kms_keys (arn text primary key, policy text not null) without rowid;
  create table if not exists kms_key_states (arn text primary key, state text not null) without rowid;
  create table if not exists noncurrent_versions (
    bucket text not null, key text not null, version_id text not null,
    document text not null, pieces text not null,
    primary key (bucket, key, version_id)) without rowid;
`

/** Throws when another process has the directory open. */
export function openCatalog(directory: string): Catalog {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(join(directory, 'catalog.sqlite'))
  database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal')
  database.exec(`pragma synchronous = normal; ${schema}`)
  const add = database.prepare('insert or ignore into loose_files (file) values (?)')
  const take = database.prepare('delete from loose_files where file = ?')
  const list = database.prepare('select file from loose_files')

  function transaction<R>(work: () => R): R {
    database.exec('begin immediate')
    try {
      const result = work()
      database.exec('commit')
      return result
    } catch (error) {
      database.exec('rollback')
      throw error
    }
  }

  const takeFiles = (files: readonly string[]) => {
    for (const file of files) take.run(file)
  }

  return {
    database,
    transaction,
    addLooseFile: (file) => void add.run(file),
    takeFiles,
    loosenFiles(files) {
      for (const file of files) add.run(file)
    },
    async removeLoose(objectFiles, files) {
      if (files.length === 0) return
      const gone = await objectFiles.remove(files)
      transaction(() => takeFiles(gone))
    },
    listLooseFiles: () => list.all().map(({ file }) => String(file)),
    close: () => database.close(),
  }
}

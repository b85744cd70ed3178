import type { RetentionMode } from './buckets.ts'
import type { Catalog } from './catalog.ts'
import type { ChecksumAlgorithm } from './digests.ts'
import type { Piece } from './object-files.ts'

export interface StoredObject extends ObjectSettings {
  bucketName: string
  key: string
  bytes: number
  /** Without quotes. */
  etag: string
  /** ISO 8601. */
  modified: string
  checksum: ObjectChecksum
  /** The multipart upload that made it. */
  uploadId?: string
  /** In a bucket with Object Lock. */
  versionId?: string
  retention?: { mode: RetentionMode; retainUntil: string }
}

/** What is said of an object before its bytes come. */
export interface ObjectSettings {
  ownerAccountId: string
  acl: CannedAcl
  /** Content-Type and the like, by their names in lower case. */
  headers: Record<string, string>
  /** By their names in lower case, without x-amz-meta-. */
  metadata: Record<string, string>
  storageClass: string
  encryption: ObjectEncryption
}

export const cannedAcls = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
] as const
export type CannedAcl = (typeof cannedAcls)[number]

export type ObjectEncryption =
  | { algorithm: 'AES256' }
  | { algorithm: 'aws:kms'; keyArn: string; bucketKeyEnabled: boolean }

export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

export interface ObjectChecksum {
  algorithm: ChecksumAlgorithm
  type: ChecksumType
  /** Base64, for COMPOSITE with `-` and the number of parts. */
  value: string
}

/** A piece that was a part knows its number and, for GetObjectAttributes, its checksum. */
interface ObjectPiece extends Piece {
  partNumber?: number
  checksum?: string
}

interface ObjectRange {
  bucketName: string
  /** Inclusive. */
  from: string
  /** Exclusive; absent: to the end of the bucket. */
  to: string | undefined
}

export interface Objects {
  find(bucketName: string, key: string): StoredObject | undefined
  piecesOf(bucketName: string, key: string): ObjectPiece[]
  /**
   * In the order of their keys. Nothing may be changed while somebody iterates; whoever stops early
   * must end the iteration.
   */
  iterate(range: ObjectRange): Generator<StoredObject>
  /** Versions that are no longer current count. */
  isEmpty(bucketName: string): boolean
  /** Current or not. */
  findVersion(bucketName: string, key: string, versionId: string): StoredObject | undefined
  /**
   * Puts the object in the place of the one of its key, if the check lets it, and does what else is
   * to be done, in one transaction. Gives the files that are then loose: those of the old object,
   * and of those that `also` gives, what the new one has not taken. An old object that has a version
   * id is kept as a version.
   */
  replace(
    object: StoredObject,
    pieces: readonly ObjectPiece[],
    options: { check(existing: StoredObject | undefined): void; also?(): string[] },
  ): string[]
  /** Changes what is said of an object, not its bytes. */
  update(object: StoredObject): void
  /** Gives its files, which are then loose; one that has a version id is kept as a version. */
  remove(bucketName: string, key: string): string[]
}

export function createObjects(catalog: Catalog): Objects {
  const { database } = catalog
  const find = database.prepare('select document from objects where bucket = ? and key = ?')
  const findPieces = database.prepare('select pieces from objects where bucket = ? and key = ?')
  const any = database.prepare('select 1 from objects where bucket = ? limit 1')
  const put = database.prepare(
    'insert or replace into objects (bucket, key, document, pieces) values (?, ?, ?, ?)',
  )
  const change = database.prepare('update objects set document = ? where bucket = ? and key = ?')
  const remove = database.prepare('delete from objects where bucket = ? and key = ?')

  const keep = database.prepare(
    `insert into noncurrent_versions (bucket, key, version_id, document, pieces)
     select bucket, key, json_extract(document, '$.versionId'), document, pieces
     from objects where bucket = ? and key = ?`,
  )
  const anyKept = database.prepare('select 1 from noncurrent_versions where bucket = ? limit 1')
  const findKept = database.prepare(
    'select document from noncurrent_versions where bucket = ? and key = ? and version_id = ?',
  )

  const findObject = (bucketName: string, key: string) => {
    const row = find.get(bucketName, key)
    return row && parseObject(String(row.document))
  }
  const piecesOf = (bucketName: string, key: string) => {
    const row = findPieces.get(bucketName, key)
    return row ? parsePieces(String(row.pieces)) : []
  }
  /** Gives the files of the object that is about to go, unless it becomes a version. */
  const retire = (bucketName: string, key: string): string[] => {
    if (findObject(bucketName, key)?.versionId !== undefined) {
      keep.run(bucketName, key)
      return []
    }
    const files = piecesOf(bucketName, key).map((piece) => piece.file)
    catalog.loosenFiles(files)
    return files
  }

  return {
    find: findObject,
    piecesOf,
    *iterate({ bucketName, from, to }) {
      // A statement of its own: two listings may not share a cursor.
      const rows = database
        .prepare(
          `select document from objects where bucket = ? and key >= ?
           ${to === undefined ? '' : 'and key < ?'} order by key`,
        )
        .iterate(...[bucketName, from, ...(to === undefined ? [] : [to])])
      for (const row of rows) yield parseObject(String(row.document))
    },
    isEmpty: (bucketName) => !any.get(bucketName) && !anyKept.get(bucketName),
    findVersion(bucketName, key, versionId) {
      const current = findObject(bucketName, key)
      if (current?.versionId === versionId) return current
      const row = findKept.get(bucketName, key, versionId)
      return row && parseObject(String(row.document))
    },
    replace(object, pieces, { check, also }) {
      const { bucketName, key } = object
      return catalog.transaction(() => {
        check(findObject(bucketName, key))
        const replaced = retire(bucketName, key)
        put.run(bucketName, key, JSON.stringify(object), JSON.stringify(pieces))
        const freed = also?.() ?? []
        const taken = new Set(pieces.map((piece) => piece.file))
        catalog.takeFiles([...taken])
        return [...replaced, ...freed].filter((file) => !taken.has(file))
      })
    },
    update: (object) => void change.run(JSON.stringify(object), object.bucketName, object.key),
    remove(bucketName, key) {
      return catalog.transaction(() => {
        const files = retire(bucketName, key)
        remove.run(bucketName, key)
        return files
      })
    },
  }
}

/** The cast holds because `replace` or `update` wrote the document. */
function parseObject(document: string): StoredObject {
  return JSON.parse(document) as StoredObject
}

/** The cast holds because `replace` wrote the pieces. */
function parsePieces(pieces: string): ObjectPiece[] {
  return JSON.parse(pieces) as ObjectPiece[]
}

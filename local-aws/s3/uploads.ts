import type { Catalog } from './catalog.ts'
import type { ChecksumAlgorithm, Digests } from './digests.ts'
import type { ChecksumType, ObjectSettings } from './objects.ts'

export interface Upload extends ObjectSettings {
  id: string
  bucketName: string
  key: string
  initiatorArn: string
  /** ISO 8601. */
  initiated: string
  checksumAlgorithm: ChecksumAlgorithm
  checksumType: ChecksumType
  /** Whether the client chose the algorithm. If not, parts may come with any checksum. */
  isChecksumChosen: boolean
}

export interface Part {
  partNumber: number
  file: string
  bytes: number
  etag: string
  modified: string
  /** The upload's algorithm among them. */
  checksums: Digests
}

/** Multipart uploads that were begun. */
export interface Uploads {
  find(bucketName: string, key: string, uploadId: string): Upload | undefined
  /** By key, then by id. */
  list(bucketName: string): Upload[]
  add(upload: Upload): void
  listParts(uploadId: string): Part[]
  /** In the place of the part of this number; gives the file of the old one, which is then loose. */
  putPart(uploadId: string, part: Part): string[]
  /** Takes the upload and its parts out; the parts' files are then loose. */
  remove(uploadId: string): string[]
}

export function createUploads(catalog: Catalog): Uploads {
  const { database } = catalog
  const find = database.prepare(
    'select document from uploads where id = ? and bucket = ? and key = ?',
  )
  const list = database.prepare('select document from uploads where bucket = ? order by key, id')
  const add = database.prepare(
    'insert into uploads (id, bucket, key, document) values (?, ?, ?, ?)',
  )
  const remove = database.prepare('delete from uploads where id = ?')
  const listParts = database.prepare(
    'select document from parts where upload_id = ? order by part_number',
  )
  const findPart = database.prepare(
    'select document from parts where upload_id = ? and part_number = ?',
  )
  const putPart = database.prepare(
    'insert or replace into parts (upload_id, part_number, document) values (?, ?, ?)',
  )
  const removeParts = database.prepare('delete from parts where upload_id = ?')

  const partsOf = (uploadId: string) =>
    listParts.all(uploadId).map((row) => parsePart(String(row.document)))

  return {
    find(bucketName, key, uploadId) {
      const row = find.get(uploadId, bucketName, key)
      return row && parseUpload(String(row.document))
    },
    list: (bucketName) => list.all(bucketName).map((row) => parseUpload(String(row.document))),
    add: (upload) => void add.run(upload.id, upload.bucketName, upload.key, JSON.stringify(upload)),
    listParts: partsOf,
    putPart(uploadId, part) {
      return catalog.transaction(() => {
        const row = findPart.get(uploadId, part.partNumber)
        const replaced = row ? [parsePart(String(row.document)).file] : []
        putPart.run(uploadId, part.partNumber, JSON.stringify(part))
        catalog.loosenFiles(replaced)
        catalog.takeFiles([part.file])
        return replaced
      })
    },
    remove(uploadId) {
      const files = partsOf(uploadId).map((part) => part.file)
      catalog.loosenFiles(files)
      remove.run(uploadId)
      removeParts.run(uploadId)
      return files
    },
  }
}

/** The cast holds because `add` wrote the document. */
function parseUpload(document: string): Upload {
  return JSON.parse(document) as Upload
}

/** The cast holds because `putPart` wrote the document. */
function parsePart(document: string): Part {
  return JSON.parse(document) as Part
}

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { parse } from 'csv-parse/sync'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from '#compressors'

/** What is compared of a day: rows are told apart by their key, and added up by what they say. */
export interface Sums {
  rows: number
  durationMs: number
  keys: Set<string>
}

interface ReadBack extends Sums {
  files: number
  bytes: number
}

interface Manifest {
  files: { objectKey: string; rows: number; bytes: number; sha256: string }[]
}

/**
 * Reads a delivered export with readers that are not our writers. Throws an AssertionError when the
 * bucket, a file or a count differs from what the manifest says.
 */
export async function readBack(
  s3: S3Client,
  place: { bucketName: string; prefix: string; taskId: string; fileFormat: 'CSV' | 'PARQUET' },
): Promise<ReadBack> {
  const { bucketName, prefix, taskId, fileFormat } = place
  const keys = await listKeys(s3, bucketName, prefix)
  const manifestKey = keys.find((key) => key.endsWith(`manifest-${taskId}.json`))
  assert(manifestKey !== undefined, `there is no manifest below ${prefix}`)
  const manifest: Manifest = JSON.parse((await getBytes(s3, bucketName, manifestKey)).toString())
  const named = manifest.files.map(({ objectKey }) => objectKey)
  assert.deepEqual(
    keys.filter((key) => key !== manifestKey).sort(),
    [...named].sort(),
    'the bucket has other files than the manifest names',
  )
  const sums: ReadBack = { rows: 0, durationMs: 0, keys: new Set(), files: 0, bytes: 0 }
  for (const file of manifest.files) {
    const bytes = await getBytes(s3, bucketName, file.objectKey)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    assert.equal(sha256, file.sha256, `${file.objectKey} has another SHA-256 than the manifest`)
    assert.equal(bytes.length, file.bytes, `${file.objectKey} has another size than the manifest`)
    const rows = fileFormat === 'CSV' ? readCsv(bytes) : await readParquet(bytes)
    assert.equal(rows.length, file.rows, `${file.objectKey} has other rows than the manifest`)
    for (const row of rows) addRow(sums, row)
    sums.files += 1
    sums.bytes += bytes.length
  }
  return sums
}

type Row = Record<string, unknown>

/** The same of a generated row and of a row that was read. */
export function addRow(sums: Sums, row: Row): void {
  sums.rows += 1
  sums.durationMs += Number(row.duration)
  sums.keys.add(`${row.impression_id} ${row.sequence_number}`)
}

function readCsv(bytes: Buffer): Row[] {
  return parse(bytes, { columns: true })
}

async function readParquet(bytes: Buffer): Promise<Row[]> {
  const file = new Uint8Array(bytes).buffer
  const columns = ['impression_id', 'sequence_number', 'duration']
  return parquetReadObjects({ file, columns, compressors })
}

async function listKeys(s3: S3Client, bucketName: string, prefix: string): Promise<string[]> {
  const keys: string[] = []
  let token: string | undefined
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucketName, Prefix: prefix, ContinuationToken: token }),
    )
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []))
    token = page.NextContinuationToken
  } while (token !== undefined)
  return keys
}

async function getBytes(s3: S3Client, bucketName: string, key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key: key }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

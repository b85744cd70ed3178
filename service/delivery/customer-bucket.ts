import type { OutputError } from '#errors'

/** A file whose bytes are known before any is sent. */
export interface FileToPut {
  readonly objectKey: string
  readonly path: string
  readonly bytes: number
  /** hex */
  readonly sha256: string
  /** base64; of a file above `wholeBytesMax` */
  readonly crc64nvme: string | undefined
  readonly contentType: string
  /** User metadata, without `x-amz-meta-`. */
  readonly metadata: Record<string, string>
}

export interface PutOptions {
  /** `create` fails with OBJECT_EXISTS where an object is; `replace` overwrites it. */
  mode: 'create' | 'replace'
  signal: AbortSignal
  /** Awaited before the first part of a multipart upload is sent. */
  onUploadStarted?(uploadId: string): Promise<void>
  /** Awaited before each request that may store the object: of an upload in parts, its completion alone. */
  onStoring?(): Promise<void>
  /** That request was never sent, or S3 has clearly refused it: it has stored nothing. */
  onNothingStored?(): void
  /** Awaited when S3 refuses a put of the bucket and will be asked again; once, whichever file it is. */
  onRefused?(refusal: OutputError): Promise<void>
}

/**
 * A customer's bucket, opened through their role for writing below one prefix. Calls throw OutputError
 * (the customer must act), TransientError, or the signal's reason.
 */
export interface CustomerBucket extends AsyncDisposable {
  /** Resolves when S3 has stored all bytes and found their checksum right. */
  putFile(file: FileToPut, options: PutOptions): Promise<{ requestIds: string[] }>
  /** Harmless when it is refused or the upload is gone. */
  abortUpload(objectKey: string, uploadId: string): Promise<void>
}

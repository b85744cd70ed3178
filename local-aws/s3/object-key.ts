import { AwsError } from '../errors.ts'
import type { Call } from './call.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const KEY_BYTES_MAX = 1024

/** Throws for a key that S3 does not take. */
export function checkNewKey({ key }: Call): void {
  const bytes = Buffer.byteLength(key)
  if (bytes <= KEY_BYTES_MAX) return
  throw new AwsError('KeyTooLongError', 400, 'Your key is too long', {
    members: { Size: String(bytes), MaxSizeAllowed: String(KEY_BYTES_MAX) },
  })
}

import { type CallEvent, parametersOf } from '../calls/call-event.ts'
import type { Asked } from './operations.ts'

/** Headers that change what a call does, or say whom it is meant for. */
const telling =
  /^(x-amz-(expected-bucket-owner|source-expected-bucket-owner|acl|grant-.*|server-side-encryption.*|checksum-.*|sdk-checksum-algorithm|request-payer|copy-source|storage-class|object-.*|bucket-.*)|content-md5|if-match|if-none-match)$/

/** As CloudTrail shows calls of S3: `bucketName`, `key`, and the headers by their own names. */
export function describeCall(event: CallEvent, asked: Asked, name: string): void {
  const { bucketName, key, query, headers } = asked
  event.eventSource = 's3.amazonaws.com'
  event.eventName = name
  event.requestParameters = parametersOf([
    ...[...headers].filter(([header]) => telling.test(header)),
    ...query,
    ...(bucketName === '' ? [] : [['bucketName', bucketName] as const]),
    ...(key === '' ? [] : [['key', key] as const]),
  ])
}

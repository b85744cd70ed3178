import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type ObjectLock, retentionModes } from './buckets.ts'
import { type Call, sendEmpty } from './call.ts'
import { invalidBucketState } from './object-lock.ts'
import { receiveText } from './request-body.ts'
import { invalidArgument, malformedXml } from './s3-errors.ts'
import { readXml, type XmlElement } from './xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html */
export async function putObjectLockConfiguration(call: Call): Promise<void> {
  authorizeBucket(call, getBucket(call), 's3:PutBucketObjectLockConfiguration')
  const document = await receiveText(call, { needsChecksum: true })
  const configuration = readXml(document, 'ObjectLockConfiguration')
  if (configuration.text('ObjectLockEnabled')?.trim() !== 'Enabled') throw malformedXml()
  const rule = configuration.child('Rule')
  const objectLock: ObjectLock = rule ? { defaultRetention: readRetention(rule) } : {}
  const bucket = getBucket(call)
  if (!bucket.objectLock) throw invalidBucketState()
  call.storage.buckets.put({ ...bucket, objectLock })
  sendEmpty(call, 200)
}

const DAYS_MAX = 36_500
const YEARS_MAX = 100

function readRetention(rule: XmlElement): NonNullable<ObjectLock['defaultRetention']> {
  const retention = rule.child('DefaultRetention')
  const mode = retentionModes.find((it) => it === retention?.text('Mode')?.trim())
  const days = retention?.text('Days')?.trim()
  const years = retention?.text('Years')?.trim()
  if (!mode || (days === undefined) === (years === undefined)) throw malformedXml()
  if (days !== undefined) return { mode, days: readPeriod('Days', days, DAYS_MAX) }
  return { mode, years: readPeriod('Years', years ?? '', YEARS_MAX) }
}

function readPeriod(name: string, given: string, max: number): number {
  const period = /^\d{1,6}$/.test(given) ? Number(given) : 0
  if (period >= 1 && period <= max) return period
  throw invalidArgument('Default retention period must be a positive integer value.', name, given)
}

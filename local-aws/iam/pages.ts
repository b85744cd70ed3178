import { AwsError } from '../errors.ts'
import { findInteger, findText, type Parameters } from '../parameters.ts'

const ITEMS_MAX = 1000
const ITEMS_DEFAULT = 100

interface Page<T> {
  items: T[]
  /** The members every list of IAM ends with. */
  end: { IsTruncated: boolean; Marker?: string }
}

/** One page in the order of the keys. The marker is the last key that was given out. */
export function pageOf<T>(
  parameters: Parameters,
  all: readonly T[],
  keyOf: (item: T) => string,
): Page<T> {
  const itemsMax = findInteger(parameters, 'MaxItems', { min: 1, max: ITEMS_MAX }) ?? ITEMS_DEFAULT
  const marker = findText(parameters, 'Marker', { min: 1 })
  const after = marker === undefined ? undefined : readMarker(marker)
  const sorted = all
    .map((item) => ({ key: keyOf(item), item }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .filter(({ key }) => after === undefined || key > after)
  const taken = sorted.slice(0, itemsMax)
  const last = taken.at(-1)
  const isTruncated = sorted.length > taken.length
  return {
    items: taken.map(({ item }) => item),
    end: {
      IsTruncated: isTruncated,
      ...(isTruncated && last && { Marker: Buffer.from(last.key).toString('base64url') }),
    },
  }
}

function readMarker(marker: string): string {
  if (/^[\w-]+$/.test(marker)) return Buffer.from(marker, 'base64url').toString('utf8')
  throw new AwsError('ValidationError', 400, `Invalid Marker: ${marker}`)
}

import type { Catalog } from './catalog.ts'

export interface Bucket {
  name: string
  ownerAccountId: string
  region: string
  /** ISO 8601. */
  created: string
  /** Absent: ACLs decide, and an object belongs to who wrote it. */
  ownership?: ObjectOwnership
  /** Absent: nothing public is blocked. */
  publicAccessBlock?: PublicAccessBlock
  encryption: BucketEncryption
  /** The policy's text with users and roles by their unique ids. */
  policy?: string
  /** Others than the owner pay for their requests, and have to say so. */
  requesterPays?: boolean
  /** Chosen when the bucket is made; it then keeps versions. */
  objectLock?: ObjectLock
}

export interface ObjectLock {
  defaultRetention?: { mode: RetentionMode; days: number } | { mode: RetentionMode; years: number }
}

export const retentionModes = ['GOVERNANCE', 'COMPLIANCE'] as const
export type RetentionMode = (typeof retentionModes)[number]

export const objectOwnerships = [
  'BucketOwnerEnforced',
  'BucketOwnerPreferred',
  'ObjectWriter',
] as const
export type ObjectOwnership = (typeof objectOwnerships)[number]

export const publicAccessSettings = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const
export type PublicAccessBlock = Record<(typeof publicAccessSettings)[number], boolean>

export interface BucketEncryption {
  algorithm: 'AES256' | 'aws:kms'
  /** As it was given; absent: the key that AWS manages for the account. */
  kmsKeyId?: string
  bucketKeyEnabled: boolean
}

export interface Buckets {
  find(name: string): Bucket | undefined
  list(ownerAccountId: string): Bucket[]
  /** Stores a new bucket, or changes of an old one. */
  put(bucket: Bucket): void
  remove(name: string): void
}

export function createBuckets({ database }: Catalog): Buckets {
  const find = database.prepare('select document from buckets where name = ?')
  const list = database.prepare('select document from buckets order by name')
  const put = database.prepare('insert or replace into buckets (name, document) values (?, ?)')
  const remove = database.prepare('delete from buckets where name = ?')
  return {
    find(name) {
      const row = find.get(name)
      return row && parseBucket(String(row.document))
    },
    list(ownerAccountId) {
      const buckets = list.all().map((row) => parseBucket(String(row.document)))
      return buckets.filter((bucket) => bucket.ownerAccountId === ownerAccountId)
    },
    put: (bucket) => void put.run(bucket.name, JSON.stringify(bucket)),
    remove: (name) => void remove.run(name),
  }
}

/** The cast holds because `put` wrote the document. */
function parseBucket(document: string): Bucket {
  return JSON.parse(document) as Bucket
}

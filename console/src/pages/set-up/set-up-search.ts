import type { S3RoleBasedOutput } from '@sluice/sdk'
import { isRegion } from './regions.ts'

/** What the first two steps have gathered: until there is an output, the address keeps it. */
export interface NewOutputSearch {
  name?: string
  description?: string
  bucketName?: string
  cloudRegion?: NonNullable<S3RoleBasedOutput['cloudRegion']>
  pathPrefix?: string
  kmsKeyArn?: string
  expectedBucketOwner?: string
  bucketOwnerFullControl?: boolean
  md5MetaTag?: string
  /** Absent: GENERATED. */
  externalIdMode?: (typeof externalIdModes)[number] | undefined
  /** Was handed out, and waits for its output; with CUSTOM, one of the customer's choice. */
  externalId?: string
  /** Back at the bucket, though the external id is there. */
  step?: 'bucket'
}

/** Of those, an id is handed out for GENERATED alone. */
export const externalIdModes = ['GLOBAL', 'CUSTOM'] as const

/** A bucket may be called 2024, which the router reads as a number. */
export function readNewOutputSearch(search: Record<string, unknown>): NewOutputSearch {
  const text = (name: string) => {
    const value = search[name]
    return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : ''
  }
  const texts = [
    'name',
    'description',
    'bucketName',
    'pathPrefix',
    'kmsKeyArn',
    'expectedBucketOwner',
    'md5MetaTag',
    'externalId',
  ]
  const given = texts.filter((name) => text(name) !== '').map((name) => [name, text(name)])
  const cloudRegion = text('cloudRegion')
  const externalIdMode = externalIdModes.find((mode) => mode === search.externalIdMode)
  return {
    ...Object.fromEntries(given),
    ...(isRegion(cloudRegion) && { cloudRegion }),
    ...(search.bucketOwnerFullControl === true && { bucketOwnerFullControl: true }),
    ...(externalIdMode && { externalIdMode }),
    ...(search.step === 'bucket' && { step: 'bucket' as const }),
  }
}

export const ways = ['console', 'aws-cli', 'cloudformation', 'terraform'] as const
/** To make the role. */
export type Way = (typeof ways)[number]

export interface SetUpSearch {
  way?: Way
  /** Absent: by its account and a condition. */
  principal?: 'arn'
  /** The first export, which is being watched. */
  exportTaskId?: string
}

export function readSetUpSearch(search: Record<string, unknown>): SetUpSearch {
  const way = ways.find((each) => each === search.way)
  const { exportTaskId } = search
  return {
    ...(way && { way }),
    ...(search.principal === 'arn' && { principal: 'arn' as const }),
    ...(typeof exportTaskId === 'string' && { exportTaskId }),
  }
}

import type { S3RoleBasedOutput } from '@sluice/sdk'
import { isRegion } from './regions.ts'

/** What the first two steps have gathered: until there is an output, the address keeps it. */
export interface NewOutputSearch {
  name?: string
  bucketName?: string
  cloudRegion?: NonNullable<S3RoleBasedOutput['cloudRegion']>
  pathPrefix?: string
  kmsKeyArn?: string
  expectedBucketOwner?: string
  /** Was handed out, and waits for its output. */
  externalId?: string
  /** Back at the bucket, though the external id is there. */
  step?: 'bucket'
}

/** A bucket may be called 2024, which the router reads as a number. */
export function readNewOutputSearch(search: Record<string, unknown>): NewOutputSearch {
  const text = (name: string) => {
    const value = search[name]
    return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : ''
  }
  const texts = [
    'name',
    'bucketName',
    'pathPrefix',
    'kmsKeyArn',
    'expectedBucketOwner',
    'externalId',
  ]
  const given = texts.filter((name) => text(name) !== '').map((name) => [name, text(name)])
  const cloudRegion = text('cloudRegion')
  return {
    ...Object.fromEntries(given),
    ...(isRegion(cloudRegion) && { cloudRegion }),
    ...(search.step === 'bucket' && { step: 'bucket' as const }),
  }
}

export const ways = ['console', 'aws-cli', 'cloudformation', 'terraform'] as const
/** To make the role. */
export type Way = (typeof ways)[number]

export interface SetUpSearch {
  way?: Way
  /** The first export, which is being watched. */
  exportTaskId?: string
}

export function readSetUpSearch(search: Record<string, unknown>): SetUpSearch {
  const way = ways.find((each) => each === search.way)
  const { exportTaskId } = search
  return { ...(way && { way }), ...(typeof exportTaskId === 'string' && { exportTaskId }) }
}

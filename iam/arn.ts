import { escapeForResource } from './pattern.ts'

interface Arn {
  partition: string
  service: string
  region: string
  accountId: string
  resource: string
}

/**
 * The parts of `arn:partition:service:region:account:resource`; colons after the fifth belong to
 * the resource.
 */
export function parseArn(arn: string): Arn | undefined {
  const [prefix, partition, service, region, accountId, ...rest] = arn.split(':')
  const resource = rest.join(':')
  if (prefix !== 'arn' || !partition || !service || !resource) return undefined
  if (region === undefined || accountId === undefined) return undefined
  return { partition, service, region, accountId, resource }
}

/** The bucket as a Resource element. */
export function bucketArn(partition: string, bucket: string): string {
  return `arn:${partition}:s3:::${escapeForResource(bucket)}`
}

/**
 * The objects whose keys begin with this prefix, as a Resource element. Nothing in the prefix acts
 * as a wildcard; end it in `/`, or it also covers its longer siblings. The empty prefix is the
 * whole bucket.
 */
export function objectsArn(partition: string, bucket: string, prefix: string): string {
  return `${bucketArn(partition, bucket)}/${escapeForResource(prefix)}*`
}

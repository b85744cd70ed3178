import { splitUrl } from '../sigv4.ts'
import { invalidUri } from './s3-errors.ts'

/** Which bucket and key a request is about; empty when it names none. */
export interface Address {
  bucketName: string
  key: string
  isVirtualHosted: boolean
}

const virtualHosts = [
  /^(.+)\.s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com$/,
  /^(.+)\.s3\.localhost$/,
  /^(.+)\.localhost$/,
]
const serviceHosts = /^(s3\.localhost|s3([.-](dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com)$/

/**
 * The bucket stands in the host name or first in the path.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function readAddress(host: string, url: string): Address {
  const [rawPath] = splitUrl(url)
  const path = decodePath(rawPath).slice(1)
  const hosted = findHostedBucket(host.replace(/:\d+$/, '').toLowerCase())
  if (hosted !== undefined) return { bucketName: hosted, key: path, isVirtualHosted: true }
  const slash = path.indexOf('/')
  if (slash < 0) return { bucketName: path, key: '', isVirtualHosted: false }
  return { bucketName: path.slice(0, slash), key: path.slice(slash + 1), isVirtualHosted: false }
}

function findHostedBucket(host: string): string | undefined {
  if (serviceHosts.test(host)) return undefined
  for (const pattern of virtualHosts) {
    const bucket = pattern.exec(host)?.[1]
    if (bucket !== undefined) return bucket
  }
  return undefined
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw invalidUri()
  }
}

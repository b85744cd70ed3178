const reservedPrefixes = ['xn--', 'sthree-', 'amzn-s3-demo-']
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3']

/**
 * What is wrong with the name of a general purpose bucket, in words; undefined when nothing is. An ARN, an
 * alias or a special suffix would lead S3 clients to other hosts and other permissions.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function mistakeOfBucketName(name: string): string | undefined {
  if (name.includes(':')) return 'must be the name of a bucket, not an ARN or a URL'
  if (name.includes('/')) return 'must be the name of a bucket alone; a folder goes into pathPrefix'
  if (name.length < 3 || name.length > 63) return 'must have 3 to 63 characters'
  if (!/^[a-z0-9.-]+$/.test(name))
    return 'must consist of lower-case letters, digits, dots and hyphens'
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return 'must begin and end with a letter or a digit'
  if (name.includes('..')) return 'must not have two dots in a row'
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return 'must not look like an IP address'
  const prefix = reservedPrefixes.find((each) => name.startsWith(each))
  if (prefix) return `must not begin with ${prefix}, which AWS keeps for itself`
  const suffix = reservedSuffixes.find((each) => name.endsWith(each))
  if (suffix)
    return `must not end in ${suffix}: access points, aliases and special buckets are no output`
  return undefined
}

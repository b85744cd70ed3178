/**
 * The regions that S3 is in, by partition. A region becomes part of a host name, so one that is not
 * listed is not believed, wherever it was read.
 * https://docs.aws.amazon.com/general/latest/gr/s3.html
 */
const regions = {
  aws: [
    'af-south-1',
    'ap-east-1',
    'ap-east-2',
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-northeast-3',
    'ap-south-1',
    'ap-south-2',
    'ap-southeast-1',
    'ap-southeast-2',
    'ap-southeast-3',
    'ap-southeast-4',
    'ap-southeast-5',
    'ap-southeast-6',
    'ap-southeast-7',
    'ca-central-1',
    'ca-west-1',
    'eu-central-1',
    'eu-central-2',
    'eu-north-1',
    'eu-south-1',
    'eu-south-2',
    'eu-west-1',
    'eu-west-2',
    'eu-west-3',
    'il-central-1',
    'me-central-1',
    'me-south-1',
    'mx-central-1',
    'sa-east-1',
    'us-east-1',
    'us-east-2',
    'us-west-1',
    'us-west-2',
  ],
  'aws-cn': ['cn-north-1', 'cn-northwest-1'],
  'aws-us-gov': ['us-gov-east-1', 'us-gov-west-1'],
} as const

type Partition = keyof typeof regions
export type AwsRegion = (typeof regions)[Partition][number]

/** The region of this name, if the partition has it. */
export function findRegion(partition: string, name: string): AwsRegion | undefined {
  return regionsOf(partition).find((region) => region === name)
}

/** Where the partition's STS answers if no other region does. */
export function firstRegionOf(partition: string): AwsRegion {
  switch (partition) {
    case 'aws-cn':
      return 'cn-north-1'
    case 'aws-us-gov':
      return 'us-gov-west-1'
    default:
      return 'us-east-1'
  }
}

function regionsOf(partition: string): readonly AwsRegion[] {
  const found = Object.entries(regions).find(([name]) => name === partition)
  return found?.[1] ?? []
}

import { type AwsRegion, findRegion } from '#delivery'

/** The regions that the SDKs have a name for. A bucket in another one leaves it out: it is looked up. */
export const cloudRegions = [
  'US_EAST_1',
  'US_EAST_2',
  'US_WEST_1',
  'US_WEST_2',
  'EU_WEST_1',
  'EU_CENTRAL_1',
  'AP_SOUTHEAST_1',
  'AP_SOUTHEAST_2',
  'AP_NORTHEAST_1',
  'AP_NORTHEAST_2',
  'AP_SOUTH_1',
  'SA_EAST_1',
  'EU_WEST_2',
  'EU_WEST_3',
  'CA_CENTRAL_1',
  'EU_NORTH_1',
] as const
export type CloudRegion = (typeof cloudRegions)[number]

/** `EU_WEST_1` is `eu-west-1`; undefined in a partition that has no such region. */
export function regionOf(partition: string, cloudRegion: CloudRegion): AwsRegion | undefined {
  return findRegion(partition, cloudRegion.toLowerCase().replaceAll('_', '-'))
}

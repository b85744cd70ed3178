import type { S3RoleBasedOutput } from '@sluice/sdk'

type CloudRegion = NonNullable<S3RoleBasedOutput['cloudRegion']>

/** As AWS calls them; complete by type. */
export const regions: Record<CloudRegion, string> = {
  US_EAST_1: 'US East (N. Virginia)',
  US_EAST_2: 'US East (Ohio)',
  US_WEST_1: 'US West (N. California)',
  US_WEST_2: 'US West (Oregon)',
  CA_CENTRAL_1: 'Canada (Central)',
  SA_EAST_1: 'South America (São Paulo)',
  EU_CENTRAL_1: 'Europe (Frankfurt)',
  EU_WEST_1: 'Europe (Ireland)',
  EU_WEST_2: 'Europe (London)',
  EU_WEST_3: 'Europe (Paris)',
  EU_NORTH_1: 'Europe (Stockholm)',
  AP_SOUTH_1: 'Asia Pacific (Mumbai)',
  AP_SOUTHEAST_1: 'Asia Pacific (Singapore)',
  AP_SOUTHEAST_2: 'Asia Pacific (Sydney)',
  AP_NORTHEAST_1: 'Asia Pacific (Tokyo)',
  AP_NORTHEAST_2: 'Asia Pacific (Seoul)',
}

/** `EU_WEST_1` is `eu-west-1`. */
export function regionNameOf(region: CloudRegion): string {
  return region.toLowerCase().replaceAll('_', '-')
}

export function isRegion(text: string): text is CloudRegion {
  return Object.hasOwn(regions, text)
}

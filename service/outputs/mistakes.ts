import { parseArn } from '@sluice/iam'
import { sessionPolicySize, sessionPolicySizeMax } from '#delivery'
import type { Mistake } from '#errors'
import { mistakeOfBucketName } from './bucket-name.ts'
import { type CloudRegion, cloudRegions, regionOf } from './cloud-region.ts'
import { mistakesOfExternalId } from './external-ids/external-id.ts'
import { mistakeOfKeyArn } from './key-arn.ts'
import { externalIdModes } from './output.ts'
import { mistakeOfPathPrefix, readPathPrefix } from './path-prefix.ts'
import { mistakeOfRoleArn, type RoleRules } from './role-arn.ts'

/** What the operator lets outputs have. */
export interface OutputRules extends RoleRules {
  readonly allowCustomExternalId: boolean
}

/**
 * What no schema can say about a body, members of a wrong type left aside: they are the schema's to name,
 * and all mistakes go out in one answer.
 */
export function findMistakes(
  body: unknown,
  rules: OutputRules,
  known: { isHandedOut: boolean } = { isHandedOut: false },
): Mistake[] {
  const members = readMembers(body)
  const mistakes = [
    ...mistakesOfMembers(members, rules),
    ...mistakesOfExternalId(
      { mode: members.externalIdMode, externalId: members.externalId, ...known },
      rules,
    ),
  ]
  return mistakes.length > 0 ? mistakes : mistakesOfPolicy(members)
}

type Members = ReturnType<typeof readMembers>

/** The members that are what they should be, and undefined for the others. */
function readMembers(body: unknown) {
  const members = Object(body)
  const text = (name: string): string | undefined =>
    typeof members[name] === 'string' ? members[name] : undefined
  const aclEntries: unknown[] = Array.isArray(members.acl) ? members.acl : []
  return {
    bucketName: text('bucketName'),
    roleArn: text('roleArn'),
    externalId: text('externalId'),
    externalIdMode: externalIdModes.find((mode) => mode === members.externalIdMode),
    cloudRegion: cloudRegions.find((region) => region === members.cloudRegion),
    signatureVersion: text('signatureVersion'),
    pathPrefix: text('pathPrefix'),
    expectedBucketOwner: text('expectedBucketOwner'),
    kmsKeyArn: text('kmsKeyArn'),
    bucketOwnerFullControl: members.bucketOwnerFullControl === true,
    permissions: aclEntries.map((entry): unknown => Object(entry).permission),
  }
}

function mistakesOfMembers(members: Members, rules: OutputRules): Mistake[] {
  const partition = parseArn(rules.principalArn)?.partition ?? ''
  const { cloudRegion } = members
  const region = cloudRegion && regionOf(partition, cloudRegion)
  return [
    ...mistakeOf('bucketName', members.bucketName, mistakeOfBucketName),
    ...mistakeOf('roleArn', members.roleArn, (arn) => mistakeOfRoleArn(arn, rules)),
    ...mistakeOf('cloudRegion', cloudRegion, (name) => mistakeOfRegion(partition, name)),
    ...mistakeOf('signatureVersion', members.signatureVersion, mistakeOfSignature),
    ...mistakeOf('pathPrefix', members.pathPrefix, mistakeOfPathPrefix),
    ...mistakeOf('kmsKeyArn', members.kmsKeyArn, (arn) =>
      mistakeOfKeyArn(arn, { partition, region }),
    ),
    ...members.permissions.flatMap((permission, index) =>
      permission === 'PUBLIC_READ'
        ? [{ field: `acl.${index}.permission`, text: publicReadRefused }]
        : [],
    ),
  ]
}

function mistakeOf<Value>(
  field: string,
  value: Value | undefined,
  check: (value: Value) => string | undefined,
): Mistake[] {
  const text = value === undefined ? undefined : check(value)
  return text === undefined ? [] : [{ field, text }]
}

const publicReadRefused =
  'cannot be PUBLIC_READ: Sluice never makes a file public. Leave acl out; to publish files, use a ' +
  'policy of your own bucket'

function mistakeOfRegion(partition: string, cloudRegion: CloudRegion): string | undefined {
  if (regionOf(partition, cloudRegion) !== undefined) return undefined
  return `is no region of the partition ${partition}; leave it out, and the region is looked up`
}

function mistakeOfSignature(version: string): string | undefined {
  if (version !== 'S3_V2') return undefined
  return 'cannot be S3_V2: AWS has retired it, and new buckets refuse it. Leave it out, or use S3_V4'
}

/** Both long names in one policy may be more than STS takes; it is refused here rather than widened. */
function mistakesOfPolicy(members: Members): Mistake[] {
  const { bucketName, roleArn, pathPrefix = '' } = members
  if (bucketName === undefined || roleArn === undefined) return []
  const partition = parseArn(roleArn)?.partition ?? ''
  const size = sessionPolicySize({
    roleArn,
    bucketName,
    pathPrefix: pathPrefix === '' ? '' : readPathPrefix(pathPrefix),
    region: members.cloudRegion && regionOf(partition, members.cloudRegion),
    kmsKeyArn: members.kmsKeyArn,
    expectedBucketOwner: members.expectedBucketOwner,
    bucketOwnerFullControl: members.bucketOwnerFullControl,
  })
  if (size <= sessionPolicySizeMax) return []
  const text =
    `makes a session policy of ${size} characters together with the bucket’s name, and AWS takes ` +
    `${sessionPolicySizeMax}: choose a shorter prefix (letters outside ASCII count six times)`
  return [{ field: 'pathPrefix', text }]
}

import { type Static, Type } from 'typebox'
import { accessActions } from '#delivery'
import { formatInstant, Instant, PageQuery } from '#http'
import type { OutputAccess } from './accesses.ts'
import { cloudRegions } from './cloud-region.ts'
import {
  externalIdEnforcements,
  externalIdModes,
  type NewOutput,
  type S3RoleBasedOutput,
} from './output.ts'
import { readPathPrefix } from './path-prefix.ts'
import { withoutAbsent } from './without-absent.ts'

const NAME_LENGTH_MAX = 255
const DESCRIPTION_LENGTH_MAX = 2000
/** With its value, an MD5, far below the 2 KB that S3 takes of user metadata. */
const TAG_LENGTH_MAX = 128

const type = Type.Literal('S3_ROLE_BASED')
const CloudRegionName = Type.Enum([...cloudRegions])
const Mode = Type.Enum([...externalIdModes])
const SignatureVersion = Type.Enum(['S3_V2', 'S3_V4'])
const CustomData = Type.Record(Type.String(), Type.Unknown())

const AclEntry = Type.Object({
  permission: Type.Enum(['PUBLIC_READ', 'PRIVATE']),
  scope: Type.Optional(Type.String()),
})

export const OutputBody = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: NAME_LENGTH_MAX })),
    description: Type.Optional(Type.String({ maxLength: DESCRIPTION_LENGTH_MAX })),
    customData: Type.Optional(CustomData),
    type: Type.Optional(type),
    bucketName: Type.String({ examples: ['my-sluice-exports'] }),
    roleArn: Type.String({
      description: 'The role in your account that Sluice assumes. It may be made later.',
      examples: ['arn:aws:iam::123456789012:role/SluiceExports'],
    }),
    externalIdMode: Type.Optional(
      Type.Enum([...externalIdModes], {
        description:
          'GENERATED: an id of this output’s own; GLOBAL: the one of the organization; CUSTOM: the ' +
          'externalId given here, where the operator allows it. GENERATED when absent, unless an ' +
          'externalId is given that was not handed out.',
      }),
    ),
    externalId: Type.Optional(
      Type.String({
        description:
          'With CUSTOM one of your own choice; with GENERATED one that POST ' +
          '/v1/analytics/external-ids has handed out, for this output alone.',
      }),
    ),
    md5MetaTag: Type.Optional(
      Type.String({
        pattern: `^(?![Xx]-[Aa][Mm][Zz]-)[A-Za-z0-9]([A-Za-z0-9._-]{0,${TAG_LENGTH_MAX - 2}}[A-Za-z0-9])?$`,
        mistake:
          'must be a name for user metadata: letters, digits and ._- inside, at most ' +
          `${TAG_LENGTH_MAX} characters, without x-amz-`,
        description: 'Each object gets `x-amz-meta-<this>` with the MD5 of its bytes.',
      }),
    ),
    cloudRegion: Type.Optional(
      Type.Enum([...cloudRegions], { description: 'Looked up with the role when absent.' }),
    ),
    signatureVersion: Type.Optional(SignatureVersion),
    acl: Type.Optional(
      Type.Array(AclEntry, { maxItems: 10, description: 'Only PRIVATE, which has no effect.' }),
    ),
    pathPrefix: Type.Optional(
      Type.String({
        description:
          'Everything is written below it, and the sessions of the role can do nothing elsewhere. A ' +
          '/ is added at its end. Absent: the whole bucket.',
        examples: ['sluice/'],
      }),
    ),
    expectedBucketOwner: Type.Optional(
      Type.String({
        pattern: '^\\d{12}$',
        mistake: 'must be an AWS account id of 12 digits',
        description: 'The account that owns the bucket; the role’s own when absent.',
      }),
    ),
    kmsKeyArn: Type.Optional(
      Type.String({
        description: 'Encrypt with this key. Absent: as the bucket’s own settings say.',
      }),
    ),
    bucketOwnerFullControl: Type.Optional(
      Type.Boolean({
        description:
          'Send the ACL bucket-owner-full-control where another account than the role’s owns the bucket.',
      }),
    ),
  },
  { title: 'NewAnalyticsS3RoleBasedOutput' },
)

export const OutputAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    type,
    bucketName: Type.String(),
    roleArn: Type.String(),
    externalId: Type.String({ description: 'What the role’s trust policy must demand.' }),
    externalIdMode: Mode,
    nextExternalId: Type.Optional(
      Type.String({ description: 'Of a rotation: the trust policy must demand either for now.' }),
    ),
    previousExternalId: Type.Optional(
      Type.String({
        description:
          'Of a rotation whose next id is promoted: to be taken out of the trust policy.',
      }),
    ),
    principalArn: Type.String({
      description:
        'Sluice’s own user or role: whom the role’s trust policy must name as Principal.',
    }),
    md5MetaTag: Type.Optional(Type.String()),
    cloudRegion: Type.Optional(CloudRegionName),
    signatureVersion: SignatureVersion,
    pathPrefix: Type.Optional(Type.String()),
    expectedBucketOwner: Type.Optional(Type.String()),
    kmsKeyArn: Type.Optional(Type.String()),
    bucketOwnerFullControl: Type.Boolean(),
    externalIdEnforcement: Type.Enum([...externalIdEnforcements], {
      description:
        'STRICT: nothing is written through a role that opens without its external id. WARN: the ' +
        'operator allows it for this output.',
    }),
    createdAt: Instant,
    modifiedAt: Instant,
  },
  { title: 'AnalyticsS3RoleBasedOutput' },
)

export const CustomDataAnswer = Type.Object(
  { customData: CustomData, createdAt: Instant },
  { title: 'CustomData' },
)

export const AccessQuery = Type.Object({
  ...PageQuery.properties,
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Only uses since then.' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Only uses before then.' })),
})

export const AccessAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    at: Instant,
    action: Type.Enum([...accessActions]),
    why: Type.String({
      examples: ['export task 5d1c…'],
      description: 'An export task, verification, a scheduled re-check, or a rotation.',
    }),
    taskId: Type.Optional(Type.String({ format: 'uuid' })),
    sessionName: Type.String({ description: 'As CloudTrail has it, behind the role’s name.' }),
    accessKeyId: Type.Optional(
      Type.String({ description: 'Of the session, as CloudTrail has it; no secret by itself.' }),
    ),
    objectKey: Type.Optional(Type.String()),
    stsRequestIds: Type.Array(Type.String()),
    s3RequestIds: Type.Array(Type.String(), {
      description: 'Of every answer: with a large file, of each part and of what was tried again.',
    }),
    outcome: Type.String({
      description:
        'OK, the code of what went wrong, or ABORTED where the answer was not waited for.',
    }),
  },
  { title: 'AnalyticsS3RoleBasedOutputAccess' },
)

export function writeAccess({ at, ...access }: OutputAccess) {
  return { ...withoutAbsent(access), at: formatInstant(at) }
}

export function readOutput(body: Static<typeof OutputBody>): NewOutput {
  return {
    name: body.name,
    description: body.description,
    customData: body.customData ?? {},
    bucketName: body.bucketName,
    roleArn: body.roleArn,
    externalIdMode: body.externalIdMode,
    externalId: body.externalId,
    md5MetaTag: body.md5MetaTag,
    cloudRegion: body.cloudRegion,
    pathPrefix: body.pathPrefix === undefined ? undefined : readPathPrefix(body.pathPrefix),
    expectedBucketOwner: body.expectedBucketOwner,
    kmsKeyArn: body.kmsKeyArn,
    bucketOwnerFullControl: body.bucketOwnerFullControl ?? false,
  }
}

export function writeOutput(output: S3RoleBasedOutput, principalArn: string) {
  const { createdAt, modifiedAt, ...members } = output
  const isAsMade = modifiedAt.getTime() === createdAt.getTime() // to write an instant costs as much as all else
  const made = formatInstant(createdAt)
  return {
    ...withoutAbsent(members),
    principalArn,
    type: 'S3_ROLE_BASED' as const,
    signatureVersion: 'S3_V4' as const,
    createdAt: made,
    modifiedAt: isAsMade ? made : formatInstant(modifiedAt),
  }
}

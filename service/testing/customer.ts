import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { writePolicy } from '@sluice/iam'
import { writeTrustPolicy } from '#setup'
import type { World, WorldOrganization } from './testing.ts'

const FULL_ACCESS = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'

/** What the customer's engineer does in their own AWS account, with its administrator's keys. */
export interface Customer extends Disposable {
  readonly s3: S3Client
  createBucket(bucketName: string): Promise<void>
  /** A role that opens for our principal; without an external id, for whoever makes us use it. */
  createRole(roleName: string, trust: { externalId: string | undefined }): Promise<void>
  /** Gives a role that is there what the set-up kit says, and nothing else. */
  followSetup(
    roleName: string,
    setup: { trustPolicy: object; permissionsPolicy: object },
  ): Promise<void>
  /** What is in the bucket below a prefix: its objects, and the lines of its CSV files but for the headers. */
  countRows(bucketName: string, prefix?: string): Promise<{ objects: number; rows: number }>
}

export function openCustomer(world: World, { aws }: WorldOrganization): Customer {
  const { accessKeyId, secretAccessKey, region } = aws
  const client = {
    endpoint: world.aws.endpointUrl,
    region,
    credentials: { accessKeyId, secretAccessKey },
  }
  const s3 = new S3Client(client)
  const iam = new IAMClient(client)
  return {
    s3,
    createBucket: async (bucketName) => {
      await s3.send(new CreateBucketCommand({ Bucket: bucketName }))
    },
    createRole: async (roleName, trust) => {
      const AssumeRolePolicyDocument = trustPolicyOf(world.servicePrincipalArn, trust.externalId)
      await iam.send(new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument }))
      await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: FULL_ACCESS }))
    },
    followSetup: async (RoleName, { trustPolicy, permissionsPolicy }) => {
      const trust = { RoleName, PolicyDocument: JSON.stringify(trustPolicy) }
      await iam.send(new UpdateAssumeRolePolicyCommand(trust))
      const permissions = {
        PolicyName: 'sluice',
        PolicyDocument: JSON.stringify(permissionsPolicy),
      }
      await iam.send(new PutRolePolicyCommand({ RoleName, ...permissions }))
      await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: FULL_ACCESS }))
    },
    countRows: async (Bucket, Prefix = '') => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
      let rows = 0
      for (const { Key = '' } of Contents.filter(({ Key }) => Key?.endsWith('.csv'))) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
        rows += ((await Body?.transformToString()) ?? '').trimEnd().split('\n').length - 1
      }
      return { objects: Contents.length, rows }
    },
    [Symbol.dispose]: () => {
      s3.destroy()
      iam.destroy()
    },
  }
}

/** As the set-up kit writes it; or as it is made in haste, with nothing that demands the external id. */
function trustPolicyOf(principalArn: string, externalId: string | undefined): string {
  const policy = writeTrustPolicy({ principalArn, externalIds: [externalId ?? 'none'] })
  if (externalId === undefined)
    for (const { Condition } of policy.Statement) delete Condition?.StringEquals
  return writePolicy(policy)
}

import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import type { World, WorldOrganization } from './testing.ts'

/** What the customer's engineer does in their own AWS account, with its administrator's keys. */
export interface Customer extends Disposable {
  readonly s3: S3Client
  createBucket(bucketName: string): Promise<void>
  /** A role that opens for our principal; without an external id, for whoever makes us use it. */
  createRole(roleName: string, trust: { externalId: string | undefined }): Promise<void>
  changeTrust(roleName: string, trust: { externalId: string | undefined }): Promise<void>
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
  const trustPolicy = ({ externalId }: { externalId: string | undefined }) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: world.servicePrincipalArn },
          Action: 'sts:AssumeRole',
          ...(externalId !== undefined && {
            Condition: { StringEquals: { 'sts:ExternalId': externalId } },
          }),
        },
      ],
    })
  return {
    s3,
    createBucket: async (bucketName) => {
      await s3.send(new CreateBucketCommand({ Bucket: bucketName }))
    },
    createRole: async (roleName, trust) => {
      const AssumeRolePolicyDocument = trustPolicy(trust)
      await iam.send(new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument }))
      const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
      await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn }))
    },
    changeTrust: async (roleName, trust) => {
      const PolicyDocument = trustPolicy(trust)
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }))
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

import { randomUUID } from 'node:crypto'
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import type { Organization, Sluice } from './sluice.ts'

const POLICY_NAME = 'sluice'

/** The customer's engineer, in their own AWS account. */
export function openCustomer(sluice: Sluice, organization: Organization) {
  const { accessKeyId, secretAccessKey, region } = organization.aws
  const client = {
    endpoint: sluice.awsEndpointUrl,
    region,
    credentials: { accessKeyId, secretAccessKey },
  }
  const s3 = new S3Client({ ...client, followRegionRedirects: true })
  const iam = new IAMClient(client)
  const savePermissions = (RoleName: string, PolicyDocument: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME, PolicyDocument }))
  return {
    /** A name that nobody has. */
    newName: (what: string) => `${what}-${randomUUID().slice(0, 8)}`,
    roleArn: (name: string) => `arn:aws:iam::${organization.aws.accountId}:role/${name}`,
    createBucket: (Bucket: string) => s3.send(new CreateBucketCommand({ Bucket })),
    /** The role of the tutorial: our principal, the external id, AmazonS3FullAccess or less. */
    createRole: async (
      RoleName: string,
      options: { externalId: string | undefined; statement?: object },
    ) => {
      const { externalId, statement } = options
      await iam.send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: policyOf({
            Effect: 'Allow',
            Principal: { AWS: sluice.servicePrincipalArn },
            Action: 'sts:AssumeRole',
            ...(externalId !== undefined && {
              Condition: { StringEquals: { 'sts:ExternalId': externalId } },
            }),
          }),
        }),
      )
      if (statement === undefined) {
        const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
        await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
        return
      }
      await savePermissions(RoleName, policyOf(statement))
    },
    /** The role's own, in place of those that it was made with. */
    savePermissions,
    /** Of a role that was made with a statement, as the AWS CLI prints them. */
    readPolicies: async (RoleName: string) => {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName }))
      const { PolicyDocument } = await iam.send(
        new GetRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME }),
      )
      return {
        trustPolicy: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''),
        permissionsPolicy: decodeURIComponent(PolicyDocument ?? ''),
      }
    },
    /** As one who has pasted it into the AWS console. */
    saveTrustPolicy: (RoleName: string, PolicyDocument: string) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
    listKeys: async (Bucket: string) => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
      return Contents.map(({ Key = '' }) => Key)
    },
    getObject: async (Bucket: string, Key: string) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
      return Buffer.from((await Body?.transformToByteArray()) ?? [])
    },
    getMetadata: async (Bucket: string, Key: string) =>
      (await s3.send(new HeadObjectCommand({ Bucket, Key }))).Metadata,
    [Symbol.dispose]: () => {
      s3.destroy()
      iam.destroy()
    },
  }
}

function policyOf(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

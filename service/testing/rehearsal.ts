import { randomUUID } from 'node:crypto'
import {
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { type Client, createClient, type S3RoleBasedOutput } from '@sluice/sdk'
import type { World, WorldOrganization } from './testing.ts'

type NewOutput = Parameters<Client['outputs']['s3RoleBased']['create']>[0]

/** One output of an organization with a role and a bucket of its own, made step by step, right or wrong. */
export interface Rehearsal extends Disposable {
  readonly organization: WorldOrganization
  readonly client: Client
  readonly s3: S3Client
  readonly iam: IAMClient
  readonly output: S3RoleBasedOutput
  readonly roleName: string
  readonly bucketName: string
  readonly principalArn: string
  /** Of the account that owns the bucket and the role. */
  readonly accountId: string
  createBucket(region?: string): Promise<void>
  /** The given statements of the trust policy; absent: as it must be. */
  createRole(statements?: object[]): Promise<void>
  changeTrust(statements: object[]): Promise<void>
  /** Of the role; absent: what an export needs. */
  putPermissions(statements?: object[]): Promise<void>
  putBucketPolicy(statements: object[]): Promise<void>
}

export function policyOf(statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

export async function rehearse(
  world: World,
  organization: WorldOrganization,
  members: Partial<NewOutput> & { rolePath?: string } = {},
): Promise<Rehearsal> {
  const { apiKey, aws } = organization
  const { rolePath = '/', ...chosen } = members
  const client = createClient({ apiUrl: world.apiUrl, apiKey })
  const { accessKeyId, secretAccessKey, region } = aws
  const credentials = { accessKeyId, secretAccessKey }
  const connection = { endpoint: world.aws.endpointUrl, region, credentials }
  const s3 = new S3Client({ ...connection, followRegionRedirects: true })
  const iam = new IAMClient(connection)
  const name = randomUUID().slice(0, 8)
  const output = await client.outputs.s3RoleBased.create({
    bucketName: `bucket-${name}`,
    pathPrefix: 'samples/',
    roleArn: `arn:aws:iam::${aws.accountId}:role${rolePath}role-${name}`,
    ...chosen,
  })
  const { bucketName, pathPrefix = '' } = output
  const roleName = output.roleArn.slice(output.roleArn.lastIndexOf('/') + 1)
  const principalArn = world.servicePrincipalArn
  const rightTrust = [
    {
      Effect: 'Allow',
      Principal: { AWS: principalArn },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': output.externalId } },
    },
  ]
  const rightPermissions = [
    {
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${bucketName}/${pathPrefix}*`,
    },
  ]
  return {
    organization,
    client,
    s3,
    iam,
    output,
    roleName,
    bucketName,
    principalArn,
    accountId: aws.accountId,
    createBucket: async (where = region) => {
      const elsewhere = where !== 'us-east-1' && {
        CreateBucketConfiguration: { LocationConstraint: where as 'eu-west-1' },
      }
      await s3.send(new CreateBucketCommand({ Bucket: bucketName, ...elsewhere }))
    },
    createRole: async (statements = rightTrust) => {
      const document = { AssumeRolePolicyDocument: policyOf(statements) }
      await iam.send(new CreateRoleCommand({ RoleName: roleName, Path: rolePath, ...document }))
    },
    changeTrust: async (statements) => {
      const document = { PolicyDocument: policyOf(statements) }
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, ...document }))
    },
    putPermissions: async (statements = rightPermissions) => {
      const policy = { PolicyName: 'sluice', PolicyDocument: policyOf(statements) }
      await iam.send(new PutRolePolicyCommand({ RoleName: roleName, ...policy }))
    },
    putBucketPolicy: async (statements) => {
      const Policy = policyOf(statements)
      await s3.send(new PutBucketPolicyCommand({ Bucket: bucketName, Policy }))
    },
    [Symbol.dispose]: () => {
      s3.destroy()
      iam.destroy()
    },
  }
}

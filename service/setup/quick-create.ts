import { bucketArn } from '@sluice/iam'
import { obstacleOf } from './cloudformation.ts'
import { POLICY_NAME } from './commands.ts'
import { writePermissionsPolicy } from './permissions.ts'
import { nameOfPrincipal, type PrincipalForm } from './principal.ts'
import { isBucketElsewhere, roleOf, type SetupValues } from './values.ts'

// A link to CloudFormation's quick-create page opens a template that lies in S3 with its parameters filled
// in. A template for each output would have to be published for each, so there is one for all, which takes as
// parameters what the kit's own template has as values. Both make the same role; a test compares.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html

/** AWS's own bound of a parameter's value. */
const PARAMETER_BYTES_MAX = 4096
/** A bucket that is made comes to lie in the stack's region; a role has none. */
const REGION_BY_DEFAULT = 'us-east-1'
const consoles: Record<string, string> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
}

/** Undefined where these values cannot go by a link; the kit's own template may take them all the same. */
export function writeQuickCreateUrl(
  values: SetupValues,
  form: PrincipalForm,
  templateUrl: string,
): string | undefined {
  const host = consoles[roleOf(values.roleArn).partition]
  const parameters = Object.entries(parametersOf(values, form))
  const isTooLong = parameters.some(([, value]) => Buffer.byteLength(value) > PARAMETER_BYTES_MAX)
  const isSplit = values.externalIds.some((externalId) => externalId.includes(','))
  if (host === undefined || isTooLong || isSplit || obstacleOf(values) !== undefined)
    return undefined
  const region = values.region ?? REGION_BY_DEFAULT
  const query = [
    ['templateURL', templateUrl],
    ['stackName', `sluice-role-${values.outputId}`],
    ...parameters.map(([name, value]) => [`param_${name}`, value]),
  ].map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`)
  return `https://${region}.${host}/cloudformation/home?region=${region}#/stacks/create/review?${query.join('&')}`
}

/** What the template for all outputs takes, for this one. */
function parametersOf(values: SetupValues, form: PrincipalForm): Record<string, string> {
  const { partition, name, path } = roleOf(values.roleArn)
  const { Principal, Condition } = nameOfPrincipal(values.principalArn, form)
  const [objects, ...others] = writePermissionsPolicy(values).Statement
  const find = (sid: string) => others.find(({ Sid }) => Sid === sid)
  const key = find('UseKey')
  return {
    RoleName: name,
    RolePath: path,
    Principal: textOf(Object(Principal).AWS),
    PrincipalArn: textOf(Condition?.ArnEquals?.['aws:PrincipalArn']),
    ExternalIds: values.externalIds.join(','),
    Objects: textOf(objects?.Resource),
    BucketToFind: find('FindRegion') ? bucketArn(partition, values.bucketName) : '',
    GiveToOwner: find('GiveToOwner') ? 'yes' : 'no',
    KeyArn: textOf(key?.Resource),
    KeyService: textOf(key?.Condition?.StringEquals?.['kms:ViaService']),
    BucketToMake: isBucketElsewhere(values) ? '' : values.bucketName,
  }
}

/** The only value of a list; empty when there is none. */
function textOf(value: unknown): string {
  const [text = ''] = [value].flat()
  return String(text)
}

const parameter = (Description: string, byDefault?: string) => ({
  Type: 'String',
  Description,
  ...(byDefault !== undefined && { Default: byDefault }),
})
const choice = (Description: string) => ({
  ...parameter(Description, 'no'),
  AllowedValues: ['yes', 'no'],
})
const ref = (name: string) => ({ Ref: name })
const when = (condition: string, value: unknown) => ({
  'Fn::If': [condition, value, { Ref: 'AWS::NoValue' }],
})
const isGiven = (name: string) => ({ 'Fn::Not': [{ 'Fn::Equals': [ref(name), ''] }] })
const isYes = (name: string) => ({ 'Fn::Equals': [ref(name), 'yes'] })
const allow = (Sid: string, Action: string[], Resource: string, Condition?: object) => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource: [ref(Resource)],
  ...(Condition && { Condition }),
})

/** For all outputs: docs/sluice-role.json, which the operator publishes in S3. */
export function writeQuickCreateTemplate(): string {
  return `${JSON.stringify(template, null, 2)}\n`
}

const trustStatement = {
  Sid: 'SluiceWithExternalId',
  Effect: 'Allow',
  Principal: { AWS: [ref('Principal')] },
  Action: ['sts:AssumeRole'],
  Condition: {
    StringEquals: { 'sts:ExternalId': ref('ExternalIds') },
    ArnEquals: when('NamesArn', { 'aws:PrincipalArn': [ref('PrincipalArn')] }),
  },
}
const statements = [
  allow('PutObjects', ['s3:PutObject'], 'Objects'),
  allow('AbortUploads', ['s3:AbortMultipartUpload'], 'Objects'),
  when('GivesToOwner', allow('GiveToOwner', ['s3:PutObjectAcl'], 'Objects')),
  when(
    'FindsRegion',
    allow('FindRegion', ['s3:ListBucket', 's3:GetBucketLocation'], 'BucketToFind'),
  ),
  when(
    'UsesKey',
    allow('UseKey', ['kms:GenerateDataKey', 'kms:Decrypt'], 'KeyArn', {
      StringEquals: { 'kms:ViaService': [ref('KeyService')] },
    }),
  ),
]
const document = (Statement: unknown[]) => ({ Version: '2012-10-17', Statement })

const template = {
  AWSTemplateFormatVersion: '2010-09-09',
  Description:
    'A role through which Sluice writes analytics data into your bucket, and nothing else',
  Parameters: {
    RoleName: parameter('As the output names it'),
    RolePath: parameter('Of the role, with its slashes', '/'),
    Principal: parameter('Whom the role trusts: the account of Sluice, or its user or role itself'),
    PrincipalArn: parameter('Whom in that account; empty when Principal says it', ''),
    ExternalIds: {
      ...parameter(
        'What Sluice must show, as the output hands it out; the next too while it rotates',
      ),
      Type: 'CommaDelimitedList',
    },
    Objects: parameter('ARN of the objects that may be written: the bucket, the prefix and a star'),
    BucketToFind: parameter('ARN of the bucket, if Sluice may ask for its region; else empty', ''),
    GiveToOwner: choice('Whether files are given to the account of the bucket'),
    KeyArn: parameter(
      'KMS key that encrypts the files; empty: the bucket encrypts as it likes',
      '',
    ),
    KeyService: parameter('Through which service alone the key is used', ''),
    BucketToMake: parameter('Name of the bucket, if MakeBucket says yes', ''),
    MakeBucket: choice('Whether the bucket is to be made too, in the region of the stack'),
  },
  Conditions: {
    NamesArn: isGiven('PrincipalArn'),
    GivesToOwner: isYes('GiveToOwner'),
    FindsRegion: isGiven('BucketToFind'),
    UsesKey: isGiven('KeyArn'),
    MakesBucket: { 'Fn::And': [isYes('MakeBucket'), isGiven('BucketToMake')] },
  },
  Resources: {
    SluiceRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: ref('RoleName'),
        Path: ref('RolePath'),
        AssumeRolePolicyDocument: document([trustStatement]),
        Policies: [{ PolicyName: POLICY_NAME, PolicyDocument: document(statements) }],
      },
    },
    SluiceBucket: {
      Type: 'AWS::S3::Bucket',
      Condition: 'MakesBucket',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketName: ref('BucketToMake'),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      },
    },
  },
  Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['SluiceRole', 'Arn'] } } },
}

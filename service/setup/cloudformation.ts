import type { PolicyDocument } from '@sluice/iam'
import { aboutElsewhere, aboutSetup } from './about.ts'
import { POLICY_NAME } from './commands.ts'
import { writePermissionsPolicy } from './permissions.ts'
import type { PrincipalForm } from './principal.ts'
import { commentOf, escapeForYaml, quoteForYaml } from './quote.ts'
import { writeTrustPolicy } from './trust-policy.ts'
import { isBucketElsewhere, roleOf, type SetupValues } from './values.ts'

/** What CloudFormation cannot be told, in words; undefined when there is nothing. */
export function obstacleOf(values: SetupValues): string | undefined {
  const text = JSON.stringify(values)
  if (text.includes('{{resolve:'))
    return 'CloudFormation takes {{resolve:...}} in any value for a reference, and nothing escapes it.'
  if (/[^ -~]/.test(text))
    return 'the prefix is not ASCII, and CloudFormation does not bring such characters to IAM unchanged.'
  return undefined
}

/**
 * The role as a CloudFormation template, and the bucket where it is asked for. A stack that is deleted takes
 * the role with it, which ends Sluice's access, and leaves the bucket with its files.
 */
export function writeCloudFormation(values: SetupValues, form: PrincipalForm): string {
  const { accountId, path, name } = roleOf(values.roleArn)
  const obstacle = obstacleOf(values)
  if (obstacle !== undefined)
    return `${commentOf(
      `There is no template for this output: ${obstacle} Use the script for the AWS CLI, or Terraform.`,
    )}\n`
  const canMakeBucket = !isBucketElsewhere(values)
  const lines = [
    ...aboutTemplate(values, form).map((text) => `${commentOf(text)}\n#`),
    'AWSTemplateFormatVersion: "2010-09-09"',
    `Description: ${quoteForYaml(`The role of the Sluice output ${values.outputId}`)}`,
    ...(canMakeBucket ? bucketParameter : []),
    'Resources:',
    '  SluiceRole:',
    '    Type: AWS::IAM::Role',
    '    Properties:',
    `      RoleName: ${quoteForYaml(name)}`,
    `      Path: ${quoteForYaml(path)}`,
    `      AssumeRolePolicyDocument: ${policyAt(6, writeTrustPolicy(values, form))}`,
    '      Policies:',
    `        - PolicyName: ${POLICY_NAME}`,
    `          PolicyDocument: ${policyAt(10, writePermissionsPolicy(values))}`,
    ...(canMakeBucket ? bucketResource(values.bucketName) : []),
    'Outputs:',
    '  RoleArn:',
    `    Description: ${quoteForYaml(`Must be ${values.roleArn}, in the account ${accountId}`)}`,
    '    Value: !GetAtt SluiceRole.Arn',
  ]
  return `${lines.join('\n')}\n`
}

function aboutTemplate(values: SetupValues, form: PrincipalForm): string[] {
  const { accountId } = roleOf(values.roleArn)
  return [
    `For the account ${accountId}. The role has a name of its own, so the stack needs the capability ` +
      'CAPABILITY_NAMED_IAM: aws cloudformation deploy --template-file sluice-role.yaml --stack-name ' +
      'sluice-role --capabilities CAPABILITY_NAMED_IAM',
    ...aboutSetup(values, form),
    ...aboutElsewhere(values),
  ]
}

const bucketParameter = [
  'Parameters:',
  '  MakeBucket:',
  '    Type: String',
  '    AllowedValues: ["yes", "no"]',
  '    Default: "no"',
  '    Description: Whether the bucket is to be made too, in the region of the stack',
  'Conditions:',
  '  MakesBucket: !Equals [!Ref MakeBucket, "yes"]',
]

function bucketResource(bucketName: string): string[] {
  return [
    '  SluiceBucket:',
    '    Type: AWS::S3::Bucket',
    '    Condition: MakesBucket',
    '    DeletionPolicy: Retain',
    '    UpdateReplacePolicy: Retain',
    '    Properties:',
    `      BucketName: ${quoteForYaml(bucketName)}`,
    '      PublicAccessBlockConfiguration:',
    ...['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map(
      (name) => `        ${name}: true`,
    ),
    '      OwnershipControls:',
    '        Rules:',
    '          - ObjectOwnership: BucketOwnerEnforced',
  ]
}

/** JSON is YAML, if its lines are further in than the member that it belongs to. */
function policyAt(spaces: number, policy: PolicyDocument): string {
  const json = escapeForYaml(JSON.stringify(policy, null, 2))
  return json.replaceAll('\n', `\n${' '.repeat(spaces + 2)}`)
}

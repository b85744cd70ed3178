import { objectsArn, writePolicy } from '@sluice/iam'
import { aboutSetup } from './about.ts'
import { POLICY_NAME } from './commands.ts'
import { writeBucketPolicy, writeKeyPolicy, writePermissionsPolicy } from './permissions.ts'
import type { PrincipalForm } from './principal.ts'
import { commentOf, quoteForShell } from './quote.ts'
import { writeTrustPolicy } from './trust-policy.ts'
import { bucketOwnerOf, isBucketElsewhere, roleOf, type SetupValues } from './values.ts'

/**
 * A script for the AWS CLI that makes the bucket, where it is missing, and the role, or changes a role that
 * is there. It may be run again, and be piped into bash: nothing runs before the last line has arrived.
 */
export function writeAwsCliScript(values: SetupValues, form: PrincipalForm): string {
  const { accountId } = roleOf(values.roleArn)
  const about = [
    `Sets up the role ${values.roleArn} for the Sluice output ${values.outputId}.`,
    ...aboutSetup(values, form),
    `Run it with the AWS CLI as someone who administers the account ${accountId}; it may be run again. A ` +
      'role of this name that is there already gets this trust policy in place of its own.',
    ...(isBucketElsewhere(values)
      ? [`Then run it once more in the account ${bucketOwnerOf(values)}, which owns the bucket.`]
      : []),
  ]
  const parts = [
    about.map((text) => commentOf(text)).join('\n#\n'),
    "set -euo pipefail\nexport AWS_PAGER=''",
    variablesOf(values, form),
    saying,
    makingBucket,
    makingRole,
    ...(isBucketElsewhere(values) ? [allowingRole] : []),
    mainOf(values),
    'main </dev/null',
  ]
  return `#!/usr/bin/env bash\n${parts.join('\n\n')}\n`
}

function variablesOf(values: SetupValues, form: PrincipalForm): string {
  const { partition, accountId, path, name } = roleOf(values.roleArn)
  const bucketPolicy = writeBucketPolicy(values)
  const variables: Record<string, string> = {
    role_arn: values.roleArn,
    role_account: accountId,
    role_path: path,
    role_name: name,
    bucket: values.bucketName,
    bucket_account: bucketOwnerOf(values),
    region: values.region ?? '',
    trust_policy: writePolicy(writeTrustPolicy(values, form), 2),
    permissions: writePolicy(writePermissionsPolicy(values), 2),
    ...(bucketPolicy && {
      bucket_policy: writePolicy(bucketPolicy, 2),
      objects_arn: objectsArn(partition, values.bucketName, values.pathPrefix),
    }),
  }
  return Object.entries(variables)
    .map(([variable, value]) => `${variable}=${quoteForShell(value)}`)
    .join('\n')
}

const saying = `say() { printf '%s\\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}`

/** Of the answers, a 301 says that the bucket is there, in another region than the CLI's. */
const makingBucket = `make_bucket() {
  set -- --bucket="$bucket" --expected-bucket-owner="$bucket_account"
  if [ -n "$region" ]; then set -- "$@" --region="$region"; fi
  if aws s3api head-bucket "$@" >/dev/null 2>&1; then
    say "The bucket $bucket is there."
    return
  fi
  answer=$(aws s3api head-bucket "$@" 2>&1 >/dev/null || true)
  case $answer in
    *'(404)'*) ;;
    *'(301)'*)
      [ -z "$region" ] || fail "The bucket $bucket is not in $region, as the output says."
      say "The bucket $bucket is there, in another region than this CLI's."
      return
      ;;
    *'(403)'*) fail "The bucket $bucket is not the account $bucket_account's, or you may not see it: $answer" ;;
    *) fail "Whether there is a bucket $bucket is not known: $answer" ;;
  esac
  aws s3 mb "s3://$bucket" \${region:+--region="$region"} >/dev/null
  say "The bucket $bucket was made."
}`

const makingRole = `make_role() {
  if found=$(aws iam get-role --role-name="$role_name" --query Role.Arn --output text 2>/dev/null); then
    if [ "$found" != "$role_arn" ]; then
      fail "There is a role $found, and the output names $role_arn. Names are unique in an account, whatever" \\
        "the path: remove that role, or create the output again with its ARN."
    fi
    aws iam update-assume-role-policy --role-name="$role_name" --policy-document="$trust_policy"
    say "The role $role_arn was there; its trust policy is this output's now."
  else
    answer=$(aws iam get-role --role-name="$role_name" 2>&1 >/dev/null || true)
    case $answer in
      *NoSuchEntity*) ;;
      *) fail "Whether there is a role $role_name is not known: $answer" ;;
    esac
    aws iam create-role --role-name="$role_name" --path="$role_path" \\
      --assume-role-policy-document="$trust_policy" >/dev/null
    say "The role $role_arn was made."
  fi
  aws iam put-role-policy --role-name="$role_name" --policy-name=${POLICY_NAME} --policy-document="$permissions"
  say "Its policy ${POLICY_NAME} gives what an export needs."
}`

/** A bucket has one policy, and one that is there may say more than ours: it is never replaced. */
const allowingRole = `allow_role() {
  set -- --bucket="$bucket"
  if [ -n "$region" ]; then set -- "$@" --region="$region"; fi
  if found=$(aws s3api get-bucket-policy "$@" --query Policy --output text 2>/dev/null); then
    case $found in
      *"$role_arn"*"$objects_arn"* | *"$objects_arn"*"$role_arn"*)
        say "The bucket policy of $bucket names the role already; it was left as it is."
        return
        ;;
    esac
    printf '%s\\n' "$bucket_policy"
    fail "The bucket $bucket has a policy, which was left as it is: add the statements above to it."
  fi
  answer=$(aws s3api get-bucket-policy "$@" 2>&1 >/dev/null || true)
  case $answer in
    *NoSuchBucketPolicy*) ;;
    *) fail "Whether the bucket $bucket has a policy is not known: $answer" ;;
  esac
  aws s3api put-bucket-policy "$@" --policy="$bucket_policy"
  say "The bucket policy of $bucket lets the role in."
}`

function mainOf(values: SetupValues): string {
  const account = 'account=$(aws sts get-caller-identity --query Account --output text)'
  const keyPolicy = writeKeyPolicy(values)
  const key = keyPolicy
    ? [
        `say ${quoteForShell(`Last, add this statement to the policy of the KMS key ${values.kmsKeyArn}:`)}`,
        `say ${quoteForShell(writePolicy(keyPolicy, 2))}`,
      ]
    : []
  const done = 'say "Done. AWS may need some seconds until every part of it knows."'
  if (!isBucketElsewhere(values))
    return functionOf('main', [
      account,
      'if [ "$account" != "$role_account" ]; then',
      '  fail "These credentials are of the account $account; the role belongs in $role_account."',
      'fi',
      ...['make_bucket', 'make_role', ...key, done],
    ])
  return functionOf('main', [
    account,
    'case $account in',
    '  "$role_account")',
    '    make_role',
    ...key.map((line) => `    ${line}`),
    '    say "Next, run this once more as $bucket_account, which owns the bucket."',
    '    ;;',
    '  "$bucket_account")',
    ...['make_bucket', 'allow_role', done].map((line) => `    ${line}`),
    '    ;;',
    '  *)',
    '    fail "These credentials are of the account $account; the role belongs in $role_account," \\',
    '      "and the bucket to $bucket_account."',
    '    ;;',
    'esac',
  ])
}

function functionOf(name: string, lines: string[]): string {
  return [`${name}() {`, ...lines.map((line) => `  ${line}`), '}'].join('\n')
}

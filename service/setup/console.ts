import { type PolicyDocument, writePolicy } from '@sluice/iam'
import { escapeMarkdown } from '#markdown'
import { aboutElsewhere, aboutSetup } from './about.ts'
import { POLICY_NAME, trustCommand } from './commands.ts'
import {
  listPermissions,
  writeBucketPolicy,
  writeKeyPolicy,
  writePermissionsPolicy,
} from './permissions.ts'
import type { PrincipalForm } from './principal.ts'
import { writeTrustPolicy } from './trust-policy.ts'
import { bucketOwnerOf, keyElsewhere, roleOf, type SetupValues } from './values.ts'

/**
 * The steps in the words of the AWS console, as Markdown.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-custom.html
 */
export function writeConsoleSteps(values: SetupValues, form: PrincipalForm): string {
  const sections = [
    `# The role of the Sluice output ${values.outputId}, in the AWS console`,
    [...aboutSetup(values, form), ...aboutElsewhere(values)].map(escapeMarkdown).join('\n\n'),
    ...bucketSection(values),
    ...roleSection(values, form),
    ...permissionSection(values),
    ...elsewhereSections(values),
  ]
  return `${sections.join('\n\n')}\n`
}

function bucketSection(values: SetupValues): string[] {
  const region = values.region === undefined ? 'the region of your choice' : values.region
  return [
    '## The bucket',
    listOf([
      `Sign in to the AWS console of the account ${bucketOwnerOf(values)}, choose ${region}, and open S3.`,
      `If there is no bucket **${values.bucketName}**: choose **Create bucket**, enter ` +
        `${codeSpan(values.bucketName)} as **Bucket name**, leave **Block all public access** on, and ` +
        'choose **Create bucket** at the end.',
    ]),
  ]
}

function roleSection(values: SetupValues, form: PrincipalForm): string[] {
  const { accountId, path, name } = roleOf(values.roleArn)
  const trust = codeBlock(writeTrustPolicy(values, form))
  const signIn = `Sign in to the account ${accountId} and open IAM. In the navigation pane choose **Roles**.`
  if (path !== '/')
    return [
      '## The role',
      'The console makes no role with a path, and this one has ' +
        `${codeSpan(path)}. Open **CloudShell** in the account ${accountId} instead, and run the ` +
        'script of this set-up kit there (format aws-cli). To change the trust policy of a role that is ' +
        'there:',
      `\`\`\`sh\n${trustCommand(values, form)}\n\`\`\``,
      signIn,
    ]
  return [
    '## The role',
    listOf([
      `${signIn} If ${codeSpan(name)} is there, open it, choose the tab **Trust relationships** and ` +
        '**Edit trust policy**, replace the text by the policy below, choose **Update policy**, and go on ' +
        'with its permissions.',
      'Otherwise choose **Create role**, then **Custom trust policy**, and replace the text there by the ' +
        'policy below. Choose **Next**.',
      'On **Add permissions** choose nothing: they come later. Choose **Next**.',
      `Enter ${codeSpan(name)} as **Role name**, exactly so, and choose **Create role**.`,
    ]),
    trust,
  ]
}

function permissionSection(values: SetupValues): string[] {
  const rows = listPermissions(values).map(({ statement, isNeeded, reason }) => {
    const duty = isNeeded ? 'needed' : 'may be left out'
    return `| ${statement.Sid} | ${statement.Action.join(', ')} | ${duty} | ${reason} |`
  })
  return [
    '## Its permissions',
    listOf([
      'Open the role, and on the tab **Permissions** choose **Add permissions**, then **Create inline ' +
        'policy**. Choose **JSON**, and replace the text by the policy below. Choose **Next**.',
      `Enter ${codeSpan(POLICY_NAME)} as **Policy name** and choose **Create policy**.`,
    ]),
    codeBlock(writePermissionsPolicy(values)),
    ['| statement | allows | is it needed? | why |', '| --- | --- | --- | --- |', ...rows].join(
      '\n',
    ),
  ]
}

function elsewhereSections(values: SetupValues): string[] {
  const [bucketPolicy, keyPolicy] = [writeBucketPolicy(values), writeKeyPolicy(values)]
  const bucket = bucketPolicy && [
    '## The bucket policy',
    listOf([
      `Sign in to the account ${bucketOwnerOf(values)}, open S3 and the bucket **${values.bucketName}**, ` +
        'choose the tab **Permissions**, and under **Bucket policy** choose **Edit**.',
      'Paste the policy below; if there is one already, add these statements to its **Statement**. Choose ' +
        '**Save changes**. AWS keeps the role by an internal id: when it is made anew, save this again.',
    ]),
    codeBlock(bucketPolicy),
  ]
  const key = keyPolicy && [
    '## The key policy',
    listOf([
      `Sign in to the account ${keyElsewhere(values)?.accountId}, open KMS, choose **Customer managed ` +
        `keys**, and open the key ${codeSpan(values.kmsKeyArn ?? '')}.`,
      'On the tab **Key policy** choose **Edit**, after **Switch to policy view** where it is offered, and ' +
        'add the statement below to **Statement**; leave the others. Choose **Save changes**.',
    ]),
    codeBlock(keyPolicy),
  ]
  return [...(bucket || []), ...(key || [])]
}

function listOf(steps: string[]): string {
  return steps.map((step, at) => `${at + 1}. ${step}`).join('\n')
}

/** The JSON is on lines of its own and ASCII, so nothing in it can end the block. */
function codeBlock(policy: PolicyDocument): string {
  return `\`\`\`json\n${writePolicy(policy, 2)}\n\`\`\``
}

function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`
}

import type { PrincipalForm } from './principal.ts'
import { sessionNameOf } from './trust-policy.ts'
import {
  bucketOwnerOf,
  isBucketElsewhere,
  keyElsewhere,
  type PermissionValues,
  type SetupValues,
} from './values.ts'

/** What every document says of itself, a paragraph each. */
export function aboutSetup(values: SetupValues, form: PrincipalForm): string[] {
  return [
    `What it opens: ${aboutOpening(values)}`,
    `Whom it trusts: ${aboutForms[form]}`,
    ...aboutChoices(values, form),
  ]
}

/** What could be done otherwise, or will have to be. */
export function aboutChoices(values: SetupValues, form: PrincipalForm): string[] {
  const other = form === 'account' ? 'arn' : 'account'
  return [
    `The other way, with principal=${other}: ${aboutForms[other]}`,
    ...aboutRotation(values),
    ...aboutKey(values),
    aboutSessionName(values.outputId),
  ]
}

/** What the role opens, in a sentence or two. */
export function aboutOpening(values: PermissionValues): string {
  const { bucketName, pathPrefix } = values
  const written =
    pathPrefix === ''
      ? `The whole bucket ${bucketName}: Sluice can write, and so replace, any object in it. To open less, ` +
        'create the output with a pathPrefix.'
      : `Everything below s3://${bucketName}/${pathPrefix}, and nothing else in the bucket: Sluice can ` +
        'write, and so replace, objects there.'
  const listed =
    values.region === undefined
      ? ' It could list the names of the bucket’s objects (FindRegion).'
      : ''
  return `${written} It can read and delete none.${listed}`
}

/** What follows from the form, for whoever chooses. */
export const aboutForms: Record<PrincipalForm, string> = {
  account:
    'Names Sluice’s AWS account, and by a condition its one user or role. It goes on working when ' +
    'Sluice’s operator has to make that user or role anew; the price is that whoever could make one of ' +
    'the same name in that account would be trusted too, with the external id.',
  arn:
    'Names Sluice’s user or role itself. AWS keeps it by an internal id, so one that is made anew under ' +
    'the same name is not trusted: exports then fail until this policy is saved again.',
}

function aboutSessionName(outputId: string): string {
  return (
    `Sluice’s sessions are always named ${sessionNameOf(outputId)}. To pin that too, add ` +
    `"sts:RoleSessionName": "${sessionNameOf(outputId)}" beside "sts:ExternalId" in StringEquals; then no ` +
    'other output can use the role.'
  )
}

function aboutRotation({ externalIds }: SetupValues): string[] {
  if (externalIds.length < 2) return []
  return [
    'The external id is being rotated, so the trust policy has the present and the next one. Save it again ' +
      'when the rotation is over: it then has the next one alone.',
  ]
}

/** A key that only the bucket's settings name is not known here, and an export fails without it. */
function aboutKey({ kmsKeyArn }: PermissionValues): string[] {
  if (kmsKeyArn !== undefined) return []
  return [
    'If the bucket encrypts by default with a KMS key of your own, create the output with its ARN as ' +
      'kmsKeyArn: the policies then let the role use it.',
  ]
}

/** What is to be done in other accounts than the role's, once the role is there. */
export function aboutElsewhere(values: PermissionValues): string[] {
  const key = keyElsewhere(values)
  const owner = `The bucket ${values.bucketName} belongs to the account ${bucketOwnerOf(values)}.`
  return [
    ...(isBucketElsewhere(values)
      ? [
          `${owner} When the role is there, add the statements of bucket-policy to its bucket policy.`,
        ]
      : []),
    ...(key
      ? [
          `The KMS key ${key.arn} belongs to the account ${key.accountId}. When the role is there, add the ` +
            'statement of key-policy to the policy of the key.',
        ]
      : []),
  ]
}

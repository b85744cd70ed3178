import { type Static, Type } from 'typebox'
import {
  describePrincipal,
  nameOfPrincipal,
  principalForms,
  type SetupKit,
  setupFormats,
} from '#setup'

export const Policy = Type.Record(Type.String(), Type.Unknown(), { title: 'PolicyDocument' })
const Form = Type.Enum([...principalForms])

export const SetupQuery = Type.Object({
  format: Type.Optional(
    Type.Enum([...setupFormats], {
      description:
        'This document alone, as it is: a policy as JSON, a script for bash, a template, a module, or ' +
        'Markdown. bucket-policy and key-policy exist where another account owns the bucket or the key.',
    }),
  ),
  principal: Type.Enum([...principalForms], {
    default: 'account',
    description:
      'How the trust policy names Sluice: by its account and a condition, which outlives a user or role ' +
      'that is made anew, or by the user’s or role’s ARN.',
  }),
})

export const SetupAnswer = Type.Object(
  {
    outputId: Type.String({ format: 'uuid' }),
    roleArn: Type.String(),
    principalArn: Type.String(),
    principalForm: Form,
    externalIds: Type.Array(Type.String(), {
      description: 'One, or the present and the next while it is rotated.',
    }),
    sessionName: Type.String({
      description: 'Of each of Sluice’s sessions, as CloudTrail has it.',
    }),
    opens: Type.String({ description: 'What the role opens, in words.' }),
    trusts: Type.String({ description: 'What follows from the form of the principal.' }),
    notes: Type.Array(Type.String(), { description: 'What else there is to know or to do.' }),
    trustPolicy: Policy,
    permissionsPolicy: Policy,
    bucketPolicy: Type.Optional(Policy),
    keyPolicy: Type.Optional(Policy),
    permissions: Type.Array(
      Type.Object({
        sid: Type.String({ description: 'Of the statement in permissionsPolicy.' }),
        actions: Type.Array(Type.String()),
        resources: Type.Array(Type.String()),
        isNeeded: Type.Boolean({ description: 'Exports fail without it.' }),
        reason: Type.String(),
      }),
    ),
    documents: Type.Array(
      Type.Object({
        format: Type.Enum([...setupFormats]),
        fileName: Type.String(),
        contentType: Type.String(),
        text: Type.String(),
      }),
    ),
    quickCreateUrl: Type.Optional(
      Type.String({
        description:
          'Opens CloudFormation in the AWS console with everything filled in. Absent where the operator ' +
          'has published no template, or these values cannot go by a link.',
      }),
    ),
  },
  { title: 'AnalyticsS3RoleBasedOutputSetup' },
)

export const PrincipalAnswer = Type.Object(
  {
    arn: Type.String(),
    partition: Type.String(),
    accountId: Type.String(),
    kind: Type.Enum(['user', 'role']),
    name: Type.String({ description: 'Without its path.' }),
    forms: Type.Array(
      Type.Object({
        form: Form,
        principal: Type.Record(Type.String(), Type.Array(Type.String())),
        condition: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      }),
      { description: 'What stands in a trust policy’s statement, either way.' },
    ),
  },
  { title: 'Principal' },
)

export function writeSetup(kit: SetupKit): Static<typeof SetupAnswer> {
  const { bucketPolicy, keyPolicy, permissions, ...members } = kit
  return {
    ...members,
    externalIds: [...kit.externalIds],
    notes: [...kit.notes],
    trustPolicy: { ...kit.trustPolicy },
    permissionsPolicy: { ...kit.permissionsPolicy },
    ...(bucketPolicy && { bucketPolicy: { ...bucketPolicy } }),
    ...(keyPolicy && { keyPolicy: { ...keyPolicy } }),
    permissions: permissions.map(({ statement, isNeeded, reason }) => ({
      sid: statement.Sid,
      actions: statement.Action,
      resources: statement.Resource,
      isNeeded,
      reason,
    })),
    documents: [...kit.documents],
  }
}

export function writePrincipal(principalArn: string): Static<typeof PrincipalAnswer> {
  const forms = principalForms.map((form) => {
    const { Principal, Condition } = nameOfPrincipal(principalArn, form)
    return { form, principal: { ...Principal }, ...(Condition && { condition: { ...Condition } }) }
  })
  return { ...describePrincipal(principalArn), forms }
}

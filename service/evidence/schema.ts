import { type Static, Type } from 'typebox'
import { accessActions } from '#delivery'
import { formatInstant, Instant } from '#http'
import {
  ACCESSES_KEPT_DAYS,
  AccessAnswer,
  externalIdEnforcements,
  RotationAnswer,
  writeAccess,
  writeRotation,
} from '#outputs'
import { RoleStateAnswer, VerificationAnswer, writeRole, writeVerification } from '#verification'
import type { Facts } from './facts.ts'
import { reportFormats } from './report.ts'

const DAYS_DEFAULT = 30

export const ReportQuery = Type.Object({
  format: Type.Optional(
    Type.Enum([...reportFormats], {
      description: 'This document alone, as it is and without the envelope.',
    }),
  ),
  days: Type.Integer({
    minimum: 1,
    maximum: ACCESSES_KEPT_DAYS,
    default: DAYS_DEFAULT,
    description: 'Of how many days uses of the role are counted and listed.',
  }),
})

const Policy = Type.Record(Type.String(), Type.Unknown(), { title: 'PolicyDocument' })

const facts = {
  outputId: Type.String({ format: 'uuid' }),
  writtenAt: Instant,
  principalArn: Type.String(),
  principalAccountId: Type.String(),
  roleArn: Type.String(),
  sessionName: Type.String({ description: 'Of every session, as CloudTrail has it.' }),
  bucketName: Type.String(),
  pathPrefix: Type.String({ description: 'Empty: the whole bucket.' }),
  externalId: Type.String(),
  externalIdMode: Type.String(),
  externalIdEnforcement: Type.Enum([...externalIdEnforcements]),
  opens: Type.String({ description: 'What the role opens, in words.' }),
  sessionPolicy: Type.Object({
    json: Type.String({ description: 'The very text that STS gets with every working session.' }),
    sha256: Type.String(),
  }),
  trustPolicy: Policy,
  permissionsPolicy: Policy,
  bucketPolicy: Type.Optional(Policy),
  keyPolicy: Type.Optional(Policy),
  role: Type.Optional(RoleStateAnswer),
  verification: Type.Optional(VerificationAnswer),
  rotations: Type.Array(RotationAnswer, {
    description: 'The newest first. Ids that were retired are shortened.',
  }),
  accesses: Type.Object({
    from: Instant,
    to: Instant,
    keptDays: Type.Integer(),
    counts: Type.Array(
      Type.Object({
        action: Type.Enum([...accessActions]),
        outcome: Type.String(),
        count: Type.Integer(),
        lastAt: Instant,
      }),
    ),
    newest: Type.Array(AccessAnswer),
  }),
  revokeCommands: Type.Array(Type.String(), {
    description: 'For the AWS CLI in the role’s account: they end all access through the role.',
  }),
}

const ReportFacts = Type.Object(facts)

export const ReportAnswer = Type.Object(
  {
    ...facts,
    documents: Type.Array(
      Type.Object({
        format: Type.Enum([...reportFormats]),
        fileName: Type.String(),
        contentType: Type.String(),
        text: Type.String(),
      }),
    ),
  },
  { title: 'AnalyticsS3RoleBasedOutputReport' },
)

export function writeFacts(found: Facts): Static<typeof ReportFacts> {
  const { output, kit, principal, verification, role, accesses } = found
  const { from, to, counts, newest } = accesses
  return {
    outputId: output.id,
    writtenAt: formatInstant(found.writtenAt),
    principalArn: principal.arn,
    principalAccountId: principal.accountId,
    roleArn: output.roleArn,
    sessionName: kit.sessionName,
    bucketName: output.bucketName,
    pathPrefix: output.pathPrefix ?? '',
    externalId: output.externalId,
    externalIdMode: output.externalIdMode,
    externalIdEnforcement: output.externalIdEnforcement,
    opens: kit.opens,
    sessionPolicy: found.sessionPolicy,
    trustPolicy: { ...kit.trustPolicy },
    permissionsPolicy: { ...kit.permissionsPolicy },
    ...(kit.bucketPolicy && { bucketPolicy: { ...kit.bucketPolicy } }),
    ...(kit.keyPolicy && { keyPolicy: { ...kit.keyPolicy } }),
    ...(role && { role: writeRole(role) }),
    ...(verification && { verification: writeVerification(verification, undefined) }),
    rotations: found.rotations.map(writeRotation),
    accesses: {
      from: formatInstant(from),
      to: formatInstant(to),
      keptDays: ACCESSES_KEPT_DAYS,
      counts: counts.map((each) => ({ ...each, lastAt: formatInstant(each.lastAt) })),
      newest: newest.map(writeAccess),
    },
    revokeCommands: [...found.revokeCommands],
  }
}

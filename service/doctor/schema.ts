import { Type } from 'typebox'
import { answers, findingCodes, severities, verdicts } from './report.ts'

/** AWS takes no policy that is longer. */
const TEXT_LENGTH_MAX = 65_536
const DOCUMENTS_MAX = 50

const pasted = (description: string) =>
  Type.Union(
    [Type.String({ maxLength: TEXT_LENGTH_MAX }), Type.Record(Type.String(), Type.Unknown())],
    { description },
  )
const severalPasted = (description: string) =>
  Type.Array(pasted('A policy.'), { maxItems: DOCUMENTS_MAX, description })

export const DoctorBody = Type.Object(
  {
    trustPolicy: Type.Optional(
      pasted('The role’s trust policy, or what `aws iam get-role` prints.'),
    ),
    permissionsPolicies: Type.Optional(
      severalPasted(
        'All policies attached to the role and written into it, or what `aws iam get-role-policy` and ' +
          '`aws iam get-policy-version` print.',
      ),
    ),
    boundary: Type.Optional(pasted('The role’s permissions boundary.')),
    bucketPolicy: Type.Optional(
      pasted('The bucket’s policy, or what `aws s3api get-bucket-policy` prints.'),
    ),
    kmsKeyPolicy: Type.Optional(
      pasted(
        'The policy of the key that encrypts the bucket, or what `aws kms get-key-policy` prints.',
      ),
    ),
    serviceControlPolicies: Type.Optional(
      severalPasted(
        'Those over the role’s account, or what `aws organizations describe-policy` prints.',
      ),
    ),
    resourceControlPolicies: Type.Optional(
      severalPasted('Those over the accounts of the role and the bucket.'),
    ),
  },
  { title: 'AnalyticsS3RoleBasedOutputPolicies', additionalProperties: false },
)

const Place = Type.Object({
  member: Type.String({
    description: 'Where the document stands in the request.',
    examples: ['permissionsPolicies[0]'],
  }),
  statement: Type.Integer({ description: 'Counted from 1.' }),
  sid: Type.Optional(Type.String()),
})

const Document = Type.Object({
  member: Type.String(),
  statements: Type.Integer(),
  problem: Type.Optional(Type.String({ description: 'Why it cannot be read, and where.' })),
})

const Check = Type.Object({
  asked: Type.String(),
  action: Type.String(),
  resource: Type.String(),
  expected: Type.Enum(['ALLOWED', 'DENIED']),
  answer: Type.Enum([...answers], {
    description: 'What AWS would answer; UNDECIDED hangs on what only the request shows.',
  }),
  isRequired: Type.Boolean({
    description: 'Exports fail when the answer is another than expected.',
  }),
  decidedBy: Type.Optional(Place),
  explanation: Type.String(),
  remedy: Type.Optional(Type.String()),
})

const Finding = Type.Object({
  code: Type.Enum([...findingCodes]),
  severity: Type.Enum([...severities]),
  place: Type.Optional(Place),
  message: Type.String(),
  remedy: Type.Optional(Type.String()),
})

const Policy = Type.Record(Type.String(), Type.Unknown())

export const DoctorAnswer = Type.Object(
  {
    verdict: Type.Enum([...verdicts], {
      description:
        'FAILED: an export would fail, or a document cannot be read. UNDECIDED: nothing stands in the ' +
        'way, but not everything was given or can be known.',
    }),
    documents: Type.Array(Document),
    checks: Type.Array(Check),
    findings: Type.Array(Finding),
    assumptions: Type.Array(Type.String()),
    corrected: Type.Object({
      trustPolicy: Type.Optional(Policy),
      permissionsPolicy: Type.Optional(Policy),
      bucketPolicy: Type.Optional(Policy),
      kmsKeyPolicy: Type.Optional(Policy),
    }),
  },
  { title: 'AnalyticsS3RoleBasedOutputDiagnosis' },
)

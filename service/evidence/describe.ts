import { ACCESSES_KEPT_DAYS, type Rotation } from '#outputs'
import { describeAccesses, describeCloudTrail } from './describe-accesses.ts'
import { describeRoleState, describeVerification } from './describe-verification.ts'
import type { Block, Document, Section } from './document.ts'
import type { Facts } from './facts.ts'

/** The report as its reader meets it: first who and what, then the proof, then every use. */
export function describe(facts: Facts): Document {
  const { output, writtenAt } = facts
  return {
    title: `Access of Sluice to s3://${output.bucketName}/${output.pathPrefix ?? ''}`,
    sections: [
      {
        title: 'In short',
        blocks: [
          { kind: 'text', text: `Written ${writtenAt.toISOString()} of the output ${output.id}.` },
          { kind: 'list', items: summarize(facts) },
        ],
      },
      describePrincipals(facts),
      describeSession(facts),
      describeSetUp(facts),
      describeRoleState(facts),
      describeVerification(facts),
      describeIds(facts),
      describeAccesses(facts),
      describeCloudTrail(facts),
      describeRevocation(facts),
    ],
  }
}

function summarize({ output, kit, role, verification }: Facts): string[] {
  return [
    kit.opens,
    enforcementTexts[output.externalIdEnforcement],
    role === undefined
      ? 'The role was never probed.'
      : `The role’s verdict is ${role.verdict} since ${role.since.toISOString()}; it was last probed at ` +
        `${role.probedAt.toISOString()}.`,
    verification === undefined
      ? 'The whole set-up was never verified.'
      : `The whole set-up was last verified at ${verification.createdAt.toISOString()}: ` +
        `${verification.verdict}.`,
  ]
}

const enforcementTexts = {
  STRICT:
    'STRICT: nothing is written through the role unless it refuses Sluice without this output’s ' +
    'external id.',
  WARN:
    'WARN: Sluice’s operator allows exports of this output although the role may open without its ' +
    'external id.',
}

function describePrincipals({ principal, output, kit, values }: Facts): Section {
  const rows: [string, string | undefined][] = [
    ['Sluice’s principal', principal.arn],
    ['Sluice’s account', principal.accountId],
    ['The role', output.roleArn],
    ['Name of every session', kit.sessionName],
    ['External id', output.externalId],
    ['Next external id, of a rotation', output.nextExternalId],
    ['Previous external id, of a rotation', output.previousExternalId],
    ['Mode of the external id', output.externalIdMode],
    ['Enforcement', output.externalIdEnforcement],
    ['Bucket', output.bucketName],
    ['Prefix', output.pathPrefix ?? 'none: the whole bucket'],
    ['Account that must own the bucket', output.expectedBucketOwner ?? 'the role’s'],
    ['Region', values.region ?? 'looked up with the role'],
    ['KMS key', output.kmsKeyArn],
    ['Output made', output.createdAt.toISOString()],
  ]
  const known = rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return {
    title: 'Who gets in',
    blocks: [
      { kind: 'table', head: ['', ''], rows: known },
      { kind: 'text', text: kit.trusts },
    ],
  }
}

function describeSession({ sessionPolicy, kit }: Facts): Section {
  const pretty = JSON.stringify(JSON.parse(sessionPolicy.json), null, 2)
  return {
    title: 'What a session may do',
    blocks: [
      {
        kind: 'text',
        text:
          'Every session that reaches S3 is opened for at most an hour and with the session policy below. ' +
          'It allows nothing that the role itself does not allow, and denies everything that it does not ' +
          `name. SHA-256 of the text that STS gets: ${sessionPolicy.sha256}`,
      },
      { kind: 'code', text: pretty },
      {
        kind: 'list',
        items: [
          kit.opens,
          'Sluice asks for no permission to read objects, to change the bucket, or to do anything in ' +
            'another bucket, and its sessions deny all of it, whatever the role allows.',
          'Probes of the trust policy open no session, or one whose policy denies everything.',
          'Only a verification that is asked for a whole object removes one: the object that it has put ' +
            'itself, in a session that may delete this one key and do nothing else.',
        ],
      },
    ],
  }
}

/** What the role should say; what it does say only its account knows. */
function describeSetUp({ kit }: Facts): Section {
  const policies = kit.documents.filter(({ contentType }) => contentType === 'application/json')
  const blocks = policies.flatMap(({ format, text }): Block[] => [
    { kind: 'text', text: policyTitles[format] ?? format },
    { kind: 'code', text: text.trimEnd() },
  ])
  const reasons = kit.permissions.map(
    ({ statement, isNeeded, reason }) =>
      `${statement.Sid}${isNeeded ? '' : ' (may be left out)'}: ${reason}`,
  )
  return {
    title: 'What the role should say',
    blocks: [
      {
        kind: 'text',
        text: 'These are the policies that this output needs. Compare them with those in your account.',
      },
      ...blocks,
      { kind: 'list', items: [...reasons, ...kit.notes] },
    ],
  }
}

const policyTitles: Record<string, string> = {
  'trust-policy': 'Trust policy of the role:',
  'permissions-policy': 'Permissions of the role:',
  'bucket-policy': 'Statements for the bucket policy:',
  'key-policy': 'Statement for the policy of the KMS key:',
}

function describeIds({ output, rotations }: Facts): Section {
  const whose =
    output.externalIdMode === 'GLOBAL'
      ? 'The id is that of all the organization’s outputs with the mode GLOBAL, and rotates for all of them.'
      : 'The id is this output’s alone.'
  const text =
    `The external id is ${output.externalId}. ${whose} An id that was retired is never used again; it is ` +
    'shortened here.'
  const head = ['begun', 'step', 'from', 'to', 'promoted', 'ended']
  const table: Block = { kind: 'table', head, rows: rotations.map(rowOf) }
  const none: Block = { kind: 'text', text: 'It was never rotated.' }
  return {
    title: 'External ids',
    blocks: [{ kind: 'text', text }, rotations.length === 0 ? none : table],
  }
}

function rowOf(rotation: Rotation): string[] {
  const { startedAt, step, oldExternalId, nextExternalId, promotedAt, endedAt } = rotation
  const at = (instant: Date | undefined) => instant?.toISOString() ?? ''
  return [at(startedAt), step, oldExternalId, nextExternalId, at(promotedAt), at(endedAt)]
}

function describeRevocation({ output, revokeCommands }: Facts): Section {
  return {
    title: 'How to end all access at once',
    blocks: [
      {
        kind: 'text',
        text:
          'With the AWS CLI in the role’s account: the first command lets nobody into the role any more, the ' +
          'second takes everything from sessions that are open. Neither needs Sluice.',
      },
      { kind: 'code', text: revokeCommands.join('\n') },
      {
        kind: 'text',
        text:
          'Both also hold for whoever else uses the role. In Sluice, deleting the output ends its exports; ' +
          `files that were delivered stay. Accesses are kept for ${ACCESSES_KEPT_DAYS} days.`,
      },
      { kind: 'code', text: `sluice outputs delete ${output.id}` },
    ],
  }
}

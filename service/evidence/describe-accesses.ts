import { ACCESSES_KEPT_DAYS } from '#outputs'
import type { Section } from './document.ts'
import type { Facts } from './facts.ts'

/** How often the role was used and how that ended, and the newest uses one by one. */
export function describeAccesses({ accesses }: Facts): Section {
  const { from, to, counts, newest } = accesses
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const listed = total > newest.length ? ` The newest ${newest.length} are listed.` : ''
  return {
    title: 'Every use of the role',
    blocks: [
      {
        kind: 'text',
        text:
          `${total} from ${from.toISOString()} to ${to.toISOString()}.${listed} Each use leaves a record, ` +
          `whatever became of it, for ${ACCESSES_KEPT_DAYS} days; sluice outputs accesses lists them all.`,
      },
      {
        kind: 'table',
        head: ['action', 'outcome', 'count', 'last'],
        rows: counts.map(({ action, outcome, count, lastAt }) => [
          action,
          outcome,
          String(count),
          lastAt.toISOString(),
        ]),
      },
      {
        kind: 'table',
        head: [
          ...['time', 'why', 'action', 'outcome', 'object key', 'session name', 'access key id'],
          ...['STS request ids', 'S3 request ids'],
        ],
        rows: newest.map((access) => [
          access.at.toISOString(),
          access.why,
          access.action,
          access.outcome,
          access.objectKey ?? '',
          access.sessionName,
          access.accessKeyId ?? '',
          access.stsRequestIds.join(' '),
          access.s3RequestIds.join(' '),
        ]),
      },
    ],
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
export function describeCloudTrail({ output, kit }: Facts): Section {
  return {
    title: 'How it lines up with your CloudTrail',
    blocks: [
      {
        kind: 'table',
        head: ['here', 'AssumeRole, of sts.amazonaws.com', 'object calls, of s3.amazonaws.com'],
        rows: [
          ['request ids', 'requestID', 'requestID'],
          [
            `the role ${output.roleArn}`,
            'requestParameters.roleArn',
            'userIdentity.sessionContext.sessionIssuer.arn',
          ],
          [
            `the session name ${kit.sessionName}`,
            'requestParameters.roleSessionName',
            'the end of userIdentity.arn',
          ],
          ['access key id', 'responseElements.credentials.accessKeyId', 'userIdentity.accessKeyId'],
          ['object key', '', 'requestParameters.key'],
        ],
      },
      {
        kind: 'list',
        items: [
          'AssumeRole that opened a session is in your CloudTrail. AWS does not log one that was refused, ' +
            'as the wrong ones of a probe are, in the account of the role.',
          'Object calls are data events, which a trail has only where they were switched on.',
          'An event with this role and another session name, or with a request id that no record has, was ' +
            'not made by an answered call of Sluice for this output.',
        ],
      },
    ],
  }
}

import type { Verification } from '#verification'
import type { Block, Section } from './document.ts'
import type { Facts } from './facts.ts'

/** What is known of the role now, and when that changed. */
export function describeRoleState({ role }: Facts): Section {
  const title = 'The verdict on the role now'
  if (role === undefined)
    return { title, blocks: [{ kind: 'text', text: 'The role was never probed.' }] }
  const texts = [
    `${role.verdict} since ${role.since.toISOString()}. Last probed at ${role.probedAt.toISOString()}, ` +
      `and again at ${role.nextProbeAt.toISOString()} at the latest.`,
    role.message,
    role.remedy,
    role.inconclusiveMessage &&
      `The last probes were not clear and left the verdict as it was: ${role.inconclusiveMessage}`,
  ]
  const rows = role.turns.map(({ at, verdict, why, code = '' }) => [
    at.toISOString(),
    verdict,
    code,
    why,
  ])
  return {
    title,
    blocks: [
      ...texts.flatMap((text): Block[] => (text ? [{ kind: 'text', text }] : [])),
      { kind: 'table', head: ['turned', 'to', 'code', 'found by'], rows },
    ],
  }
}

/** Step by step, with every call that AWS answered. */
export function describeVerification({ verification }: Facts): Section {
  const title = 'The last verification'
  if (verification === undefined)
    return {
      title,
      blocks: [{ kind: 'text', text: 'There is none: sluice outputs verify makes one.' }],
    }
  const { verdict, createdAt, externalId, principalArn } = verification
  const text =
    `${verdict}, begun at ${createdAt.toISOString()}, with the external id ${externalId} and the principal ` +
    `${principalArn}.`
  return {
    title,
    blocks: [{ kind: 'text', text }, ...verification.steps.flatMap(describeStep)],
  }
}

type Step = Verification['steps'][number]

function describeStep({ name, status, message, remedy, causes, calls }: Step): Block[] {
  const head = ['time', 'operation', 'sent', 'answer', 'request id']
  const rows = calls.map(({ at, operation, sent, answer, requestId = '' }) => [
    at,
    operation,
    sent,
    answer,
    requestId,
  ])
  return [
    { kind: 'text', text: `${name}: ${status}. ${message}` },
    ...(remedy === undefined ? [] : [{ kind: 'text' as const, text: remedy }]),
    ...(causes.length === 0
      ? []
      : [
          {
            kind: 'list' as const,
            items: causes.map(
              ({ code, likelihood, message }) => `${code}, ${likelihood}: ${message}`,
            ),
          },
        ]),
    ...(rows.length === 0 ? [] : [{ kind: 'table' as const, head, rows }]),
  ]
}

import { evaluate, type PolicyDocument, parseArn, type Statement } from '@sluice/iam'
import { sessionNameOf } from '#setup'
import { type Lint, type Linted, moreOf } from './lint.ts'
import { lintExternalId } from './lint-external-id.ts'
import type { Finding } from './report.ts'
import { list } from './words.ts'

/** What is wrong with each statement of a trust policy, whatever the others say. */
export function lintTrust(trust: PolicyDocument, it: Linted): Finding[] {
  return trust.Statement.flatMap((statement, index) => {
    const place = { member: 'trustPolicy', statement: index + 1, sid: statement.Sid }
    return lintStatement(statement, it).map((lint) => ({ ...lint, place }))
  })
}

function lintStatement(statement: Statement, it: Linted): Lint[] {
  if (statement.Effect === 'Deny') return lintDeny(statement)
  const coversAction = mayCover(statement.Action ?? [])
  if (!coversAction) return lintAction(statement)
  return [
    ...lintPrincipal(statement, it),
    ...lintExternalId(statement, it),
    ...lintSessionName(statement, it),
    ...lintOthers(statement),
  ]
}

function lintDeny({ Action = [], Condition: condition }: Statement): Lint[] {
  if (!mayCover(Action)) return []
  const when = condition === undefined ? 'always' : 'where its conditions hold'
  return [
    {
      code: 'TRUST_DENIES',
      severity: 'ADVICE',
      message: `This statement denies sts:AssumeRole ${when}, whatever the others allow.`,
      remedy: undefined,
    },
  ]
}

/** By the evaluator, which knows what wildcards mean and how long they may take. */
function mayCover(actions: string[]): boolean {
  const Statement = [{ Effect: 'Allow' as const, Action: actions, Resource: ['*'] }]
  const asked = {
    principal: { accountId: '', arn: '' },
    action: 'sts:AssumeRole',
    resource: '*',
    resourceAccountId: '',
    context: {},
  }
  return evaluate(asked, { identity: [{ Statement }] }).allowed
}

const otherActions =
  /^sts:(TagSession|SetSourceIdentity|AssumeRoleWith(SAML|WebIdentity)|SetContext)$/i

function lintAction({ Action: actions = [] }: Statement): Lint[] {
  const isSpelt = actions.some((action) => otherActions.test(action))
  const isLike = actions.some((action) => /assume|role/i.test(action))
  const message = isSpelt
    ? `This statement allows ${list(actions)}, which does not include sts:AssumeRole.`
    : `AWS knows no action ${list(actions)}${isLike ? '; it is spelt sts:AssumeRole' : ''}.`
  return [
    {
      code: 'ACTION_DIFFERS',
      severity: isSpelt ? 'ADVICE' : 'ERROR',
      message,
      remedy: 'Let the Action be "sts:AssumeRole".',
    },
  ]
}

function lintPrincipal(
  { Principal = {}, Condition: condition = {} }: Statement,
  { principalArn }: Linted,
): Lint[] {
  const named = Object.values(Principal).flat()
  const own = parseArn(principalArn)
  const account = own?.accountId ?? ''
  const root = `arn:${own?.partition}:iam::${account}:root`
  const remedy = `Let the Principal be { "AWS": "${principalArn}" }.`
  if (named.includes('*'))
    return [
      {
        code: 'PRINCIPAL_EVERYONE',
        severity: 'WARNING',
        message:
          'Principal "*" is every AWS account there is: whoever learns the external id gets in, and ' +
          'an external id is no secret.',
        remedy,
      },
    ]
  const ours = named.filter((it) => [principalArn, account, root].includes(it))
  const others = named.filter((it) => !ours.includes(it))
  if (ours.length === 0) return lintStranger(others, { account, principalArn, remedy })
  const isNarrowed = Object.entries(condition).some(
    ([operator, keys]) =>
      /^(ArnEquals|ArnLike|StringEquals|StringLike)$/.test(operator) &&
      Object.keys(keys).some((key) => key.toLowerCase() === 'aws:principalarn'),
  )
  const isWhole = !ours.includes(principalArn) && !isNarrowed
  return [
    ...(others.length > 0 ? [moreOf(others, 'MORE_PRINCIPALS', 'also trusts')] : []),
    ...(isWhole ? [wholeAccount(ours)] : []),
  ]
}

function wholeAccount(named: string[]): Lint {
  return {
    code: 'PRINCIPAL_WHOLE_ACCOUNT',
    severity: 'ADVICE',
    message:
      `${list(named)} is Sluice’s whole AWS account: any user or role in it whose own policies allow ` +
      'sts:AssumeRole is trusted. That is accepted, and it survives that Sluice’s principal is made anew. ' +
      'Without a condition on aws:PrincipalArn it trusts more than it must.',
    remedy: 'Add ArnEquals aws:PrincipalArn with Sluice’s principal to the Condition.',
  }
}

function lintStranger(
  others: string[],
  { account, principalArn, remedy }: { account: string; principalArn: string; remedy: string },
): Lint[] {
  const deleted = others.find((it) => /^A(ID|RO)A[A-Z0-9]+$/.test(it))
  if (deleted !== undefined)
    return [
      {
        code: 'PRINCIPAL_DELETED',
        severity: 'ERROR',
        message:
          `${deleted} is the internal id of a ${deleted.startsWith('AIDA') ? 'user' : 'role'}. AWS shows ` +
          'it in place of the ARN once that user or role was deleted; one that is made anew under the ' +
          'same name is not trusted.',
        remedy: `${remedy} Save the policy again even if you had written the ARN.`,
      },
    ]
  const session = others.find((it) => it.includes(':assumed-role/'))
  const near = others.find((it) => parseArn(it)?.accountId === account)
  const hint = session
    ? ' A session’s ARN trusts that one session only; name the role.'
    : near
      ? ' It is Sluice’s account, and another user or role.'
      : ''
  return [
    {
      code: 'PRINCIPAL_DIFFERS',
      severity: 'ERROR',
      message: `The Principal is ${list(others)}, and Sluice is ${principalArn}.${hint}`,
      remedy,
    },
  ]
}

function lintSessionName({ Condition: condition = {} }: Statement, { target }: Linted): Lint[] {
  const name = sessionNameOf(target.outputId)
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, wanted]): Lint[] => {
      if (key.toLowerCase() !== 'sts:rolesessionname') return []
      if (operator.includes('Not') || wanted.some((it) => /[*?$]/.test(it) || it === name))
        return []
      return [
        {
          code: 'SESSION_NAME_DIFFERS',
          severity: 'ERROR',
          message: `The session’s name must be ${list(wanted)}, and Sluice’s sessions for this output are named ${name}.`,
          remedy: `Let sts:RoleSessionName be "${name}", or take it out of the Condition.`,
        },
      ]
    }),
  )
}

/** Keys that AssumeRole by a service’s own principal never carries, or not as people hope. */
const unmeetable: Record<string, string> = {
  'aws:sourcearn': 'is only there when an AWS service acts for somebody, and Sluice is none',
  'aws:sourceaccount': 'is only there when an AWS service acts for somebody, and Sluice is none',
  'aws:multifactorauthpresent': 'asks for a second factor, which no service has',
  'aws:multifactorauthage': 'asks for a second factor, which no service has',
  'aws:sourceip': 'is an address of Sluice’s; ask the operator whether it stays the same',
  'aws:principalorgid': 'is the organization of Sluice’s account, not of yours',
}

function lintOthers({ Condition: condition = {} }: Statement): Lint[] {
  const keys = Object.values(condition).flatMap((it) => Object.keys(it))
  return [...new Set(keys)].flatMap((key): Lint[] => {
    const why = unmeetable[key.toLowerCase()]
    if (why === undefined) return []
    return [
      {
        code: 'CONDITION_UNMEETABLE',
        severity: 'WARNING',
        message: `The condition on ${key}: it ${why}.`,
        remedy: `Take ${key} out of the Condition.`,
      },
    ]
  })
}

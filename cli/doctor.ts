import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { styleText } from 'node:util'
import type { Diagnosis, PastedPolicies } from '@sluice/sdk'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { exitCodes, UsageError } from './exit.ts'
import { printJson } from './print.ts'

interface DoctorOptions {
  output: string
  trust?: string
  permissions?: string[]
  boundary?: string
  bucketPolicy?: string
  kmsKeyPolicy?: string
  serviceControlPolicy?: string[]
  resourceControlPolicy?: string[]
}

const STANDARD_INPUT = '-'

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say from policies what an export would meet, and which statement decides')
    .requiredOption('--output <id>', 'the output that the role is for')
    .option('--trust <file>', 'the role’s trust policy')
    .option('--permissions <files...>', 'all of the role’s own policies, attached and inline')
    .option('--boundary <file>', 'its permissions boundary')
    .option('--bucket-policy <file>', 'the bucket’s policy')
    .option('--kms-key-policy <file>', 'the policy of the key that encrypts the bucket')
    .option('--service-control-policy <files...>', 'those over the role’s account')
    .option('--resource-control-policy <files...>', 'those over the accounts of role and bucket')
    .addHelpText(
      'after',
      '\nA file holds the policy, or what the AWS CLI prints around it; - is the standard input. AWS is not asked,\n' +
        'and nothing is kept. Exit code 6: an export would fail. 0: nothing that was given stands in its way;\n' +
        'the verdict tells whether something is UNDECIDED.\n' +
        examples(
          'sluice doctor --output <id> --trust trust.json --permissions write.json key.json',
          'sluice doctor --output <id> --trust - < trust.json',
        ),
    )
    .action(async (options: DoctorOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const policies = await readPolicies(options)
      const { client } = connect(globals)
      const diagnosis = await client.outputs.s3RoleBased.diagnose(options.output, policies)
      if (globals.json) printJson(diagnosis)
      else console.log(describe(diagnosis, options))
      if (diagnosis.verdict === 'FAILED') process.exitCode = exitCodes.wouldFail
    })
}

async function readPolicies(options: DoctorOptions): Promise<PastedPolicies> {
  const { trust, permissions, boundary, bucketPolicy, kmsKeyPolicy } = options
  const { serviceControlPolicy, resourceControlPolicy } = options
  const policies = {
    ...(trust !== undefined && { trustPolicy: await read(trust) }),
    ...(permissions && { permissionsPolicies: await readAll(permissions) }),
    ...(boundary !== undefined && { boundary: await read(boundary) }),
    ...(bucketPolicy !== undefined && { bucketPolicy: await read(bucketPolicy) }),
    ...(kmsKeyPolicy !== undefined && { kmsKeyPolicy: await read(kmsKeyPolicy) }),
    ...(serviceControlPolicy && { serviceControlPolicies: await readAll(serviceControlPolicy) }),
    ...(resourceControlPolicy && { resourceControlPolicies: await readAll(resourceControlPolicy) }),
  }
  if (Object.keys(policies).length > 0) return policies
  throw new UsageError('There is nothing to look at. Give --trust, --permissions, or both.')
}

function readAll(files: string[]): Promise<string[]> {
  return Promise.all(files.map(read))
}

/** As it is: of two members of one name, JSON.parse would lose one in silence. */
async function read(file: string): Promise<string> {
  if (file === STANDARD_INPUT) return text(process.stdin)
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`The file ${file} cannot be read (${error.code}).`)
  })
}

type Check = Diagnosis['checks'][number]
type Finding = Diagnosis['findings'][number]

const verdictTexts = {
  PASSED: 'By these policies, an export succeeds.',
  FAILED: 'An export would fail.',
  UNDECIDED: 'Nothing that was given stands in the way; not everything was given, or can be known.',
} as const

/** For people: what is wrong first, with what to do; then the rest in a line each. */
function describe(diagnosis: Diagnosis, options: DoctorOptions): string {
  const { verdict, checks, findings, documents, assumptions } = diagnosis
  const wrong = checks.filter(({ answer, expected }) => answer !== expected)
  const fine = checks.filter(({ answer, expected }) => answer === expected)
  const blocks = [
    `${paint(verdict)}  ${verdictTexts[verdict]}`,
    ...documents.flatMap(({ member, problem }) =>
      problem === undefined
        ? []
        : [`${paint('ERROR')}  ${fileOf(member, options)}\n${indent(problem)}`],
    ),
    ...groupChecks(wrong),
    ...findings.map((finding) => describeFinding(finding, options)),
    ...correctedOf(diagnosis),
    fine.map(({ answer, asked }) => `${paint('OK')}  ${answer.toLowerCase()}: ${asked}`).join('\n'),
    assumptions.map((it) => `Taken for granted: ${it}`).join('\n'),
  ]
  return blocks.filter((block) => block !== '').join('\n\n')
}

/** Checks that meet the same statement for the same reason are one block. */
function groupChecks(checks: Check[]): string[] {
  const groups = Map.groupBy(checks, (it) =>
    JSON.stringify([it.isRequired, it.decidedBy, it.answer, it.remedy]),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { answer, expected, isRequired, explanation, remedy } = first
    const status = answer === 'UNDECIDED' ? answer : isRequired ? 'ERROR' : 'WARNING'
    const asked = group.map((it) => `${paint(status)}  ${it.asked}`)
    const isWrong = answer !== 'UNDECIDED'
    const lines = [
      isWrong ? `is ${answer.toLowerCase()}, and must be ${expected.toLowerCase()}` : '',
      explanation,
      remedy === undefined ? '' : `What to do: ${remedy}`,
    ]
    return [`${asked.join('\n')}\n${indent(lines.filter((line) => line !== '').join('\n'))}`]
  })
}

function describeFinding({ severity, place, message, remedy }: Finding, options: DoctorOptions) {
  const where = place && `${fileOf(place.member, options)}, statement ${place.statement}`
  const head = `${paint(severity)}  ${where ?? 'the role'}${place?.sid ? ` (${place.sid})` : ''}`
  return `${head}\n${indent(remedy === undefined ? message : `${message}\nWhat to do: ${remedy}`)}`
}

/** What a remedy speaks of, to be pasted. */
function correctedOf({ checks, findings, corrected }: Diagnosis): string[] {
  const remedies = [...checks, ...findings].map(({ remedy = '' }) => remedy).join(' ')
  return Object.entries(corrected).flatMap(([name, policy]) =>
    remedies.includes(`corrected.${name}`)
      ? [`corrected.${name}:\n${JSON.stringify(policy, null, 2)}`]
      : [],
  )
}

/** `permissionsPolicies[1]` is the second file of --permissions. */
function fileOf(member: string, options: DoctorOptions): string {
  const files: Record<string, string | string[] | undefined> = {
    trustPolicy: options.trust,
    permissionsPolicies: options.permissions,
    boundary: options.boundary,
    bucketPolicy: options.bucketPolicy,
    kmsKeyPolicy: options.kmsKeyPolicy,
    serviceControlPolicies: options.serviceControlPolicy,
    resourceControlPolicies: options.resourceControlPolicy,
  }
  const [, name = '', at = '0'] = /^(\w+)(?:\[(\d+)\])?$/.exec(member) ?? []
  return [files[name]].flat()[Number(at)] ?? member
}

const colours = {
  PASSED: 'green',
  OK: 'green',
  FAILED: 'red',
  ERROR: 'red',
  WARNING: 'yellow',
  UNDECIDED: 'yellow',
  ADVICE: 'cyan',
} as const

function paint(word: keyof typeof colours): string {
  return styleText(colours[word], word, { stream: process.stdout })
}

function indent(lines: string): string {
  return lines.replace(/^/gm, '    ')
}

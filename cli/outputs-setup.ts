import type { OutputSetup } from '@sluice/sdk'
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { UsageError } from './exit.ts'
import { printJson } from './print.ts'

type Document = OutputSetup['documents'][number]

/** What each document is for; the bucket's and the key's are there only where they are needed. */
const formats: Record<Document['format'], string> = {
  'aws-cli': 'a script for bash and the AWS CLI; may be run again',
  cloudformation: 'a template; needs CAPABILITY_NAMED_IAM',
  terraform: 'a module of one file, for OpenTofu too',
  console: 'the steps in the AWS console, as Markdown',
  'trust-policy': 'JSON: whom the role lets in',
  'permissions-policy': 'JSON: what the role may do',
  'bucket-policy': 'JSON: for a bucket of another account than the role’s',
  'key-policy': 'JSON: for a KMS key of another account than the role’s',
}

interface SetupOptions {
  format?: Document['format']
  principal?: OutputSetup['principalForm']
}

/** `outputs setup`. */
export function addSetup(outputs: Command): void {
  outputs
    .command('setup <id>')
    .description('what makes the output’s role in your AWS account: policies, scripts and steps')
    .addOption(new Option('--format <format>', 'one document alone').choices(Object.keys(formats)))
    .addOption(
      new Option(
        '--principal <form>',
        'how the trust policy names Sluice: by its account and a condition, or by its ARN',
      ).choices(['account', 'arn']),
    )
    .addHelpText(
      'after',
      examples(
        'sluice outputs setup <id>',
        'sluice outputs setup <id> --format aws-cli | bash',
        'sluice outputs setup <id> --format cloudformation > sluice-role.yaml',
        'sluice outputs setup <id> --format trust-policy --principal arn > trust.json',
      ),
    )
    .action(async (id: string, { format, principal }: SetupOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const setup = await client.outputs.s3RoleBased.getSetup(id, {
        ...(principal && { principal }),
      })
      if (format !== undefined) process.stdout.write(documentOf(setup, format).text)
      else if (globals.json) printJson(setup)
      else console.log(describeSetup(setup))
    })
}

function documentOf(setup: OutputSetup, format: Document['format']): Document {
  const found = setup.documents.find((document) => document.format === format)
  if (found !== undefined) return found
  throw new UsageError(
    `The output ${setup.outputId} needs no ${format}. It has: ` +
      `${setup.documents.map((document) => document.format).join(', ')}.`,
  )
}

/** For people: what is opened and to whom, the two policies, and how to get them there. */
function describeSetup(setup: OutputSetup): string {
  const ways = setup.documents.map(
    ({ format }) =>
      `  sluice outputs setup ${setup.outputId} --format ${format.padEnd(18)}  ${formats[format]}`,
  )
  const reasons = setup.permissions.map(
    ({ sid, isNeeded, reason }) => `  ${sid}${isNeeded ? '' : ' (may be left out)'}: ${reason}`,
  )
  return [
    `The role ${setup.roleArn} for ${setup.principalArn}`,
    `What it opens: ${setup.opens}`,
    `Whom it trusts: ${setup.trusts}`,
    ...setup.notes,
    `Trust policy:\n${textOf(setup, 'trust-policy')}`,
    `Permissions policy:\n${textOf(setup, 'permissions-policy')}`,
    `Why it says so:\n${reasons.join('\n')}`,
    `Ways to make it:\n${ways.join('\n')}`,
  ].join('\n\n')
}

function textOf(setup: OutputSetup, format: Document['format']): string {
  return documentOf(setup, format).text.trimEnd()
}

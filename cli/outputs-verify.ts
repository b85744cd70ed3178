import { styleText } from 'node:util'
import type { Verification, VerificationProgress } from '@sluice/sdk'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { exitCodes } from './exit.ts'
import { note, printJson } from './print.ts'
import { endingOf } from './verdict-ending.ts'

interface VerifyOptions {
  wholeObject?: true
  last?: true
}

/** `outputs verify`: everything that an export would do, and who must change what. */
export function addVerify(outputs: Command): void {
  outputs
    .command('verify <id>')
    .description('try all that an export would do, and say what is wrong and what to change')
    .option('--whole-object', 'also put a small object, and remove it where the role may')
    .option('--last', 'show the last report instead')
    .addHelpText(
      'after',
      examples('sluice outputs verify <id>', 'sluice outputs verify <id> --last'),
    )
    .action(async (id: string, options: VerifyOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { s3RoleBased } = connect(globals).client.outputs
      const report = options.last
        ? await s3RoleBased.getVerification(id)
        : await s3RoleBased.verify(id, {
            wholeObject: options.wholeObject ?? false,
            onProgress: tellOnce(),
          })
      if (globals.json) printJson(report)
      else console.log(describe(report).join('\n'))
      if (report.verdict !== 'PASSED') process.exitCode = exitCodes.wouldFail
    })
}

/** Why it takes longer, once for each step that does. */
function tellOnce(): (progress: VerificationProgress) => void {
  const told = new Set<string>()
  return ({ waitsFor }) => {
    if (waitsFor === undefined || told.has(waitsFor)) return
    told.add(waitsFor)
    note(waitsFor)
  }
}

type Step = Verification['steps'][number]

function describe(report: Verification): string[] {
  const { verdict, steps, bucketName, pathPrefix, roleArn, createdAt } = report
  return [
    `${roleArn} → s3://${bucketName}/${pathPrefix}, ${createdAt}`,
    '',
    ...steps.flatMap(describeStep),
    '',
    paint(verdict, `${verdict}: ${endingOf(report)}`),
  ]
}

function describeStep(step: Step): string[] {
  const { status, name, message, calls, causes, durationMs } = step
  const count = calls.length === 1 ? '1 call' : `${calls.length} calls`
  const effort = calls.length === 0 ? '' : ` (${count}, ${durationMs} ms)`
  const commands = new Set(causes.flatMap(({ command }) => command ?? []))
  return [
    `${paint(status, status.padEnd(12))} ${name}${effort}`,
    `    ${message}`,
    ...causes.flatMap(({ code, likelihood, message: cause, remedy }) => [
      `  - ${likelihood.toLowerCase()}: ${cause} (${code})`,
      `    ${remedy}`,
    ]),
    ...[...commands].map((command) => `    To change it: ${command}`),
    ...calls.flatMap(describeRefusal),
  ]
}

/** Only of calls that AWS did not answer as asked is there more to say. */
function describeRefusal(call: Step['calls'][number]): string[] {
  const { operation, sent, answer, message, requestId } = call
  if (answer === 'OK' || answer === 'AccessDenied') return []
  return [
    `    ${operation} ${sent}: ${answer}, ${message ?? 'no answer'} (${requestId ?? 'no id'})`,
  ]
}

const colours = {
  PASSED: 'green',
  FAILED: 'red',
  INCONCLUSIVE: 'yellow',
  SKIPPED: 'gray',
} as const

function paint(status: keyof typeof colours, text: string): string {
  return styleText(colours[status], text, { stream: process.stdout })
}

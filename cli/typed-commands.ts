import type { Command } from 'commander'
import { createProgram } from './program.ts'

/** For tests: all commands that have no others below them, as they are typed. */
export const leaves = leavesOf(createProgram(), '')

function leavesOf(command: Command, path: string): string[] {
  const below = command.commands.filter((each) => !['help', 'complete'].includes(each.name()))
  if (below.length === 0) return [path]
  return below.flatMap((each) => leavesOf(each, `${path} ${each.name()}`.trim()))
}

export function isCall(args: string[], leaf: string): boolean {
  return leaf.split(' ').every((word, at) => args[at] === word)
}

function commandOf(leaf: string): Command {
  let command = createProgram()
  for (const word of leaf.split(' '))
    command = command.commands.find((each) => each.name() === word) ?? command
  return command
}

/** The examples of a command's help, a line each. */
export function examplesOf(leaf: string): string[] {
  let help = ''
  commandOf(leaf)
    .configureOutput({ writeOut: (text) => (help += text) })
    .outputHelp()
  const [, examples = ''] = help.split(/^Examples?:$/m)
  const lines = examples.replaceAll(/\\\n/g, '').split('\n')
  return lines.map((line) => line.trim()).filter(Boolean)
}

/** Those that licenses.test.ts runs. */
export const licenseLeaves = leaves.filter((leaf) =>
  /^(licenses (update|domains)|virtual-licenses|impressions|privacy)\b/.test(leaf),
)

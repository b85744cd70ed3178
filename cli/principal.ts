import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { printOne } from './print.ts'

export function addPrincipal(program: Command): void {
  program
    .command('principal')
    .description('whom customers’ roles trust: Sluice’s own user or role in AWS')
    .addHelpText('after', examples('sluice principal', 'sluice principal --json'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const principal = await connect(globals).client.getPrincipal()
      const { forms, ...members } = principal
      const named = forms.map(({ form, ...statement }) => [`by ${form}`, statement])
      printOne(globals.json ? principal : { ...members, ...Object.fromEntries(named) }, globals)
    })
}

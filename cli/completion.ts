import { type RootCommand, ShellCompDirective } from '@bomb.sh/tab'
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { examples } from './examples.ts'

/** `completion`: the scripts are tab's; what they lack is added here. */
export function addCompletion(program: Command): void {
  const root = tab(program, { completionCommandName: 'completion' })
  root.commands.get('import')?.argument('files', () => completeFiles(root), true)
  const completion = program.commands.find((command) => command.name() === 'completion')
  completion
    ?.description('print a script that completes commands and options in your shell')
    .addHelpText(
      'after',
      '\nFor one terminal; for all, the line stands in ~/.bashrc, in ~/.zshrc behind compinit, or in\n' +
        '~/.config/fish/config.fish.\n' +
        examples(
          'source <(sluice completion bash)',
          'source <(sluice completion zsh)',
          'sluice completion fish | source',
        ),
    )
    .hook('preAction', (command) => printForBash(command, BASH_BEFORE))
    .hook('postAction', (command) => printForBash(command, BASH_AFTER))
}

/** tab tells the shell for every word that it is no file, as late as it answers. */
function completeFiles(root: RootCommand): void {
  const get = () => ShellCompDirective.ShellCompDirectiveDefault
  Object.defineProperty(root, 'directive', { get, set: () => {} })
}

function printForBash({ args: [shell] }: Command, text: string): void {
  if (shell === 'bash') console.log(text)
}

/** The script calls a function of the package bash-completion, which macOS and small images are without. */
const BASH_BEFORE = `declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} cword=$COMP_CWORD
    words=("\${COMP_WORDS[@]}")
}
`

/** Files where nothing else is found, unless the script turns that off. */
const BASH_AFTER = 'complete -o default -F __sluice_complete sluice'

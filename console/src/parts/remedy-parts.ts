/** What a remedy is made of: words; a command within a sentence; a command to take as it stands. */
interface RemedyPart {
  kind: 'words' | 'named' | 'command'
  text: string
}

// A remedy is one text for terminals, mails and pages. A command in it begins with a program, and goes on as long as
// there are words of it, one argument, and options with a value each.
const word = '[a-z][a-z0-9-]*'
const program = `(?:aws (?:iam|kms|s3|s3api|sts)|(?:npx )?sluice (?:exports|licenses|outputs|schedules|webhooks))`
const argument = '(?:s3://\\S+[^\\s.,;]|[0-9a-f]{8}-[0-9a-f-]{27})'
const value = `(?:'(?:[^']|'\\\\'')*'|"[^"]*"|[^\\s'",;.]+(?:[.,;]+[^\\s'",;.]+)*)`
const command = new RegExp(`\\b${program} ${word}(?: ${argument})?(?: --${word} ${value})*`, 'g')

export function splitRemedy(text: string): RemedyPart[] {
  const parts: RemedyPart[] = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(command)) {
    const before = text.slice(end, index)
    if (before.trim() !== '') parts.push({ kind: 'words', text: before })
    end = index + found.length
    const isWhole = before.endsWith(': ') && /^(?:\.? *$|\.? +[A-Z])/.test(text.slice(end))
    if (isWhole && text[end] === '.') end += 1
    parts.push({ kind: isWhole ? 'command' : 'named', text: found })
  }
  const rest = text.slice(end)
  return rest.trim() === '' ? parts : [...parts, { kind: 'words', text: rest }]
}

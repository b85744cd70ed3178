/** A value as one word of a POSIX shell, whatever is in it. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A double-quoted string of JSON and YAML, in ASCII, on one line. */
export function quoteForYaml(text: string): string {
  return escapeForYaml(JSON.stringify(text))
}

/** YAML reads the two halves of a surrogate pair as two characters, so it gets the whole one. */
export function escapeForYaml(json: string): string {
  return json.replace(/[^\n\x20-\x7e]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`
  })
}

/**
 * A quoted string of HCL. `${` and `%{` begin templates and are doubled; where the same sign stands before
 * them, doubling would be read another way, so that sign is written by its number.
 * https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-expressions
 */
export function quoteForHcl(text: string): string {
  const escaped = JSON.stringify(text)
    .replace(/\$(?=\$)/g, '\\u0024')
    .replace(/%(?=%)/g, '\\u0025')
    .replace(/[$%](?=\{)/g, (sign) => sign + sign)
  return escapeForYaml(escaped)
}

/** A sentence as lines of a comment, which no value can end: it is printable ASCII on lines of its own. */
export function commentOf(text: string, width = 94): string {
  const words = asciiOf(text).split(' ')
  const lines = ['']
  for (const word of words) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.map((line) => `# ${line}`).join('\n')
}

/** Typographic marks of ours as ASCII, any other character as an escape. */
function asciiOf(text: string): string {
  return escapeForYaml(text.replaceAll('’', "'").replaceAll('…', '...')).replaceAll('\n', ' ')
}

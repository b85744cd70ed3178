// The words of a statement, as far as its outline needs them: what stands in quotes, comments or
// parentheses is never taken for a clause. https://clickhouse.com/docs/sql-reference/syntax

export interface Token {
  text: string
  /** The token in upper case, when it is an unquoted word. */
  word?: string
  start: number
  end: number
  /** How many brackets are open around it. */
  depth: number
}

const blank = /(?:\s+|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?\*\/)+/y
const token =
  /'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'|"[^"\\]*(?:(?:\\[\s\S]|"")[^"\\]*)*"|`[^`\\]*(?:(?:\\[\s\S]|``)[^`\\]*)*`|\$(\w*)\$[\s\S]*?\$\1\$|([A-Za-z_]\w*)|[\d.][\w.]*|[\s\S]/y

/**
 * The tokens of a statement without its rows: of an INSERT with FORMAT or VALUES, what follows that
 * clause is no SQL, and `rowsStart` tells where it begins.
 */
export function readTokens(text: string): { tokens: Token[]; rowsStart?: number } {
  const tokens: Token[] = []
  let depth = 0
  let position = 0
  while (true) {
    position = skip(blank, text, position)
    if (position >= text.length) break
    token.lastIndex = position
    const [found = '', , word] = token.exec(text) ?? []
    if (found === ')' || found === ']' || found === '}') depth -= 1
    const start = position
    position += found.length
    tokens.push({
      ...(word === undefined ? {} : { word: word.toUpperCase() }),
      text: found,
      start,
      end: position,
      depth,
    })
    if (found === '(' || found === '[' || found === '{') depth += 1
    if (endsInsertHead(tokens)) return { tokens, rowsStart: rowsStartOf(text, position) }
  }
  return { tokens }
}

function skip(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position
  return pattern.test(text) ? pattern.lastIndex : position
}

/** Whether these tokens end with the FORMAT or VALUES clause of an INSERT. */
function endsInsertHead(tokens: Token[]): boolean {
  const last = tokens.at(-1)
  if (tokens[0]?.word !== 'INSERT' || last === undefined || last.depth > 0) return false
  // A table of that name is written `INSERT INTO values`; a clause comes later.
  if (last.word === 'VALUES') return tokens.length > 3
  return last.word !== undefined && tokens.at(-2)?.word === 'FORMAT' && tokens.length > 4
}

/** The rows begin behind one line end, as in `FORMAT CSV\n1,2`. */
function rowsStartOf(text: string, position: number): number {
  return skip(/[ \t]*;?[ \t]*\r?\n?/y, text, position)
}

/** Leaves as much again of an object key's 1,024 bytes for a task's path and the file's name. */
const BYTES_MAX = 512

/** As policies and keys need it: ending in one `/`, so that it does not cover `<prefix>-other`. */
export function readPathPrefix(text: string): string {
  return text.endsWith('/') ? text : `${text}/`
}

/** What is wrong with a prefix, in words; undefined when nothing is. */
export function mistakeOfPathPrefix(text: string): string | undefined {
  if (text === '') return 'must not be empty; leave it out to use the whole bucket'
  if (text.startsWith('/')) return 'must be relative: it must not begin with /'
  if (text.includes('\\')) return 'must not contain backslashes; folders are separated by /'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return 'must not contain control characters'
  if (!text.isWellFormed()) return 'must be valid Unicode'
  const folders = readPathPrefix(text).slice(0, -1).split('/')
  if (folders.includes('')) return 'must not have two slashes in a row'
  if (folders.some((name) => name === '.' || name === '..'))
    return 'must not contain . or .. as a folder'
  const bytes = Buffer.byteLength(readPathPrefix(text))
  if (bytes > BYTES_MAX) return `has ${bytes} bytes of UTF-8; at most ${BYTES_MAX} are allowed`
  return undefined
}

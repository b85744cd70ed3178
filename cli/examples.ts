/** The end of a command's help: lines that work as they are pasted, once <…> is filled in. */
export function examples(...lines: string[]): string {
  return [
    '',
    lines.length === 1 ? 'Example:' : 'Examples:',
    ...lines.map((line) => `  ${line}`),
  ].join('\n')
}

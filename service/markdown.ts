/** Marks of Markdown and HTML as themselves. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_<>[\]#|~&]/g, '\\$&')
}

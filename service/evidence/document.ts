import { escapeMarkdown } from '#markdown'

/** A document of plain texts: whoever writes it out escapes every one of them. */
export interface Document {
  readonly title: string
  readonly sections: readonly Section[]
}

export interface Section {
  readonly title: string
  readonly blocks: readonly Block[]
}

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly string[][] }
  /** Lines as they are: a policy, a command. */
  | { readonly kind: 'code'; readonly text: string }

export function writeMarkdown({ title, sections }: Document): string {
  const parts = sections.flatMap((section) => [
    `## ${inline(section.title)}`,
    ...section.blocks.map(markdownOf),
  ])
  return `${[`# ${inline(title)}`, ...parts].join('\n\n')}\n`
}

function markdownOf(block: Block): string {
  switch (block.kind) {
    case 'text':
      return inline(block.text)
    case 'list':
      return block.items.map((item) => `- ${inline(item)}`).join('\n')
    case 'table': {
      const lines = [block.head, block.head.map(() => '---'), ...block.rows]
      const cellsOf = (line: readonly string[], at: number) => (at === 1 ? line : line.map(inline))
      return lines.map((line, at) => `| ${cellsOf(line, at).join(' | ')} |`).join('\n')
    }
    case 'code':
      return fence(block.text)
  }
}

/** On one line, so that no text begins a block of its own. */
function inline(text: string): string {
  const line = escapeMarkdown(text.replace(/\s+/g, ' ').trim())
  return line.replace(/^(?:(\d+)(?=[.)])|(?=[-+=]))/, '$1\\')
}

/** By more backticks than the text has anywhere, so that none of its lines can end the block. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const marks = '`'.repeat(longest + 1)
  return `${marks}\n${text}\n${marks}`
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border: 1px solid #999; padding: .2rem .5rem; text-align: left; vertical-align: top }
pre { background: #f3f3f3; overflow-x: auto; padding: .7rem }
`

/** One page that asks for nothing else: no script, no image, no font. */
export function writeHtml({ title, sections }: Document): string {
  const parts = sections.flatMap((section) => [
    `<h2>${escapeHtml(section.title)}</h2>`,
    ...section.blocks.map(htmlOf),
  ])
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    `<h1>${escapeHtml(title)}</h1>`,
    ...parts,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function htmlOf(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeHtml(block.text)}</p>`
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`
    case 'table': {
      const lineOf = (cells: readonly string[], tag: 'th' | 'td') =>
        `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
      const rows = block.rows.map((row) => lineOf(row, 'td'))
      return ['<table>', lineOf(block.head, 'th'), ...rows, '</table>'].join('\n')
    }
    case 'code':
      return `<pre>${escapeHtml(block.text)}</pre>`
  }
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => entities[mark] ?? '')
}

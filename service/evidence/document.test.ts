import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, writeHtml, writeMarkdown } from './document.ts'

const hostile = `</pre><script src="https://evil.example/x.js">alert(1)</script>\n# a | b\n\`\`\` ![x](y) & 'z'`

const document: Document = {
  title: hostile,
  sections: [
    {
      title: hostile,
      blocks: [
        { kind: 'text', text: hostile },
        { kind: 'list', items: [hostile, '1. one', '- two'] },
        { kind: 'table', head: [hostile, 'b'], rows: [[hostile, hostile]] },
        { kind: 'code', text: hostile },
      ],
    },
  ],
}

test('no text of a page begins an element, whatever it says', () => {
  const html = writeHtml(document)
  assert.equal(html.includes('<script'), false)
  const elements = [...html.matchAll(/<(\w+)/g)].map(([, name]) => name)
  const ours = ['html', 'head', 'meta', 'title', 'style', 'body', 'h1', 'h2', 'p', 'ul', 'li']
  const known = new Set([...ours, 'table', 'tr', 'th', 'td', 'pre'])
  assert.deepEqual(
    elements.filter((name) => !known.has(name ?? '')),
    [],
  )
  assert.equal(/\s(src|href|on\w+)=["']/.test(html), false)
})

test('no text of a Markdown document begins a block, a link, a picture or an element', () => {
  const [before = '', code, after] = writeMarkdown(document).split('\n````\n')
  assert.deepEqual([code, after], [hostile, ''])
  const lines = before.split('\n')
  for (const line of lines) {
    assert.equal(/(^|[^\\])[<`]|(^|[^\\])!?\[/.test(line), false, line)
  }
  assert.equal(lines.filter((line) => /^#+ /.test(line)).length, 2)
  const table = lines.filter((line) => line.startsWith('| '))
  assert.deepEqual(
    table.map((line) => line.replaceAll('\\|', '').split('|').length),
    [4, 4, 4],
  )
  assert(lines.includes('- 1\\. one') && lines.includes('- \\- two'), lines.join('\n'))
})

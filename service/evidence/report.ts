import { describe } from './describe.ts'
import { writeHtml, writeMarkdown } from './document.ts'
import type { Facts } from './facts.ts'

export const reportFormats = ['markdown', 'html', 'json'] as const
type ReportFormat = (typeof reportFormats)[number]

interface ReportDocument {
  readonly format: ReportFormat
  readonly fileName: string
  readonly contentType: string
  readonly text: string
}

/** The report in each of its forms; `answer` is what the API answers of the facts. */
export function writeReport(facts: Facts, answer: object): ReportDocument[] {
  const document = describe(facts)
  const name = `sluice-report-${facts.output.id}`
  return [
    {
      format: 'markdown',
      fileName: `${name}.md`,
      contentType: 'text/markdown',
      text: writeMarkdown(document),
    },
    {
      format: 'html',
      fileName: `${name}.html`,
      contentType: 'text/html',
      text: writeHtml(document),
    },
    {
      format: 'json',
      fileName: `${name}.json`,
      contentType: 'application/json',
      text: `${JSON.stringify(answer, null, 2)}\n`,
    },
  ]
}

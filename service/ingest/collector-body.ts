/** What all bodies of collectors have in common once they are read. */
import type { Mistake } from '#errors'
import type { SampleRow } from './wire-members.ts'
import { textOf } from './wire-values.ts'

export type CollectorBody =
  | {
      kind: 'row'
      licenseKey: string
      /** As the license's list is compared with it; the row has it too. */
      domain: string | undefined
      row: SampleRow
      unknownMembers: number
    }
  /** Beyond what a sane player sends; the collectors themselves keep to the same limits. */
  | { kind: 'dropped'; licenseKey: string; reason: string }
  | { kind: 'mistaken'; mistakes: Mistake[] }

const DOMAIN_LENGTH_MAX = 1024

export const noObject: CollectorBody = mistaken([{ field: 'body', text: 'must be a JSON object' }])

export function mistaken(mistakes: Mistake[]): CollectorBody {
  return { kind: 'mistaken', mistakes }
}

export function missing(field: string): Mistake {
  return { field, text: 'is missing' }
}

/** Without `www.`, in lower case. */
export function domainOf(value: unknown): string | null {
  const text = textOf(value, DOMAIN_LENGTH_MAX)
  return text === null ? null : text.toLowerCase().replace(/^www\./, '')
}

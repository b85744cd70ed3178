import { randomUUID } from 'node:crypto'

/** A fresh external id of our form: 122 random bits that name nobody. */
export function newExternalId(): string {
  return randomUUID()
}

const FORM = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Whether the text could be taken for an id of ours: a trust policy may compare without regard to case. */
export function hasIssuedForm(text: string): boolean {
  return FORM.test(text)
}

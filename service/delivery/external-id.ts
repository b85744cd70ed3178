import { randomUUID } from 'node:crypto'

/** A fresh external id of our form: 122 random bits that name nobody. */
export function newExternalId(): string {
  return randomUUID()
}

/** An instant where its reader is. */
export function localTimeOf(instant: Date): string {
  return `${instant.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' })}, here`
}

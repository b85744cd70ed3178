import { instantOf } from './quick-windows.ts'

/** An instant where its reader is. */
export function localTimeOf(instant: Date): string {
  return `${instant.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' })}, here`
}

/** Of what is typed in UTC; undefined while it is no instant. */
export function localTimeOfTyped(text: string): string | undefined {
  const instant = instantOf(text)
  return instant && localTimeOf(new Date(instant))
}

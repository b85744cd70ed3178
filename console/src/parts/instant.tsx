import { Tooltip } from '@mantine/core'
import classes from './instant.module.css'

type Exactness = 'day' | 'minute' | 'second'

const ends: Record<Exactness, number> = { day: 10, minute: 16, second: 19 }

/** An instant in UTC; the reader's own time on hover and focus. */
export function Instant({ at, to = 'minute' }: { at: string; to?: Exactness }) {
  const instant = new Date(at)
  const text = instant.toISOString().slice(0, ends[to]).replace('T', ' ')
  return (
    <Tooltip label={localTimeOf(instant)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: by keyboard the local time is reached too */}
      <time dateTime={at} tabIndex={0} className={classes.instant}>
        {to === 'day' ? text : `${text} UTC`}
      </time>
    </Tooltip>
  )
}

function localTimeOf(instant: Date): string {
  return `${instant.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' })}, here`
}

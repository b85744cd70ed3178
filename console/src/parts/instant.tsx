import { Tooltip } from '@mantine/core'
import classes from './instant.module.css'
import { localTimeOf } from './local-time.ts'

type Exactness = 'day' | 'minute' | 'second'

const ends: Record<Exactness, number> = { day: 10, minute: 16, second: 19 }

/** An instant in UTC; the reader's own time on hover and focus. */
export function Instant({
  at,
  to = 'minute',
  children,
}: {
  at: string
  to?: Exactness
  /** In the place of the whole instant, where what stands beside it says the rest. */
  children?: string
}) {
  const instant = new Date(at)
  return (
    <Tooltip label={localTimeOf(instant)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: by keyboard the local time is reached too */}
      <time dateTime={at} tabIndex={0} className={classes.instant}>
        {children ?? writeInstant(instant, to)}
      </time>
    </Tooltip>
  )
}

function writeInstant(instant: Date, to: Exactness): string {
  const text = instant.toISOString().slice(0, ends[to]).replace('T', ' ')
  return to === 'day' ? text : `${text} UTC`
}

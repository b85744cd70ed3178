import type { ReactNode } from 'react'
import classes from './disclosure.module.css'

/** What few need is there, folded up. */
export function Disclosure({
  summary,
  isOpen = false,
  children,
}: {
  summary: string
  /** At first. */
  isOpen?: boolean
  children: ReactNode
}) {
  return (
    <details className={classes.disclosure} open={isOpen}>
      <summary>{summary}</summary>
      <div className={classes.content}>{children}</div>
    </details>
  )
}

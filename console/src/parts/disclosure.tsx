import type { ReactNode } from 'react'
import classes from './disclosure.module.css'

/** What few need is there, folded up. */
export function Disclosure({ summary, children }: { summary: string; children: ReactNode }) {
  return (
    <details className={classes.disclosure}>
      <summary>{summary}</summary>
      <div className={classes.content}>{children}</div>
    </details>
  )
}

import { Fragment, type ReactNode } from 'react'
import classes from './facts-list.module.css'

/** Names and what they stand for; what is undefined is left out. */
export function FactsList({ facts }: { facts: Record<string, ReactNode> }) {
  return (
    <dl className={classes.facts}>
      {Object.entries(facts).map(([name, value]) =>
        value === undefined ? null : (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ),
      )}
    </dl>
  )
}

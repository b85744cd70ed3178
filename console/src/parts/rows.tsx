import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './rows.module.css'

interface Row {
  key: string
  /** One for each name of the head. */
  cells: ReactNode[]
}

/**
 * A table that fits a phone: there each row is a block, and every value stands beside its name. A column without
 * any value is left out.
 */
export function Rows({
  head,
  rows,
  whole = [],
  empty,
  caption,
}: {
  head: string[]
  rows: Row[]
  /** Columns whose values stay on one line where the table is one: states, names of columns, amounts. */
  whole?: string[]
  /** What is said where there are none. */
  empty: ReactNode
  /** For those who do not see what stands around it. */
  caption: string
}) {
  if (rows.length === 0)
    return (
      <Text c="dimmed" size="sm">
        {empty}
      </Text>
    )
  const columns = head
    .map((name, position) => ({ name, position, isWhole: whole.includes(name) || undefined }))
    .filter(({ position }) => rows.some(({ cells }) => cells[position] !== undefined))
  // The roles are those of the elements, which a `display` other than a table's would take away.
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above
    <table role="table" className={classes.table} aria-label={caption}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ name }) => (
            <th key={name} role="columnheader" scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ key, cells }) => (
          <tr key={key} role="row">
            {columns.map(({ name, position, isWhole }) => (
              <td
                key={name}
                role="cell"
                data-empty={cells[position] === undefined}
                data-whole={isWhole}
              >
                <span className={classes.name} aria-hidden>
                  {name}
                </span>
                <span>{cells[position]}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  )
}

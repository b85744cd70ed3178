import { VisuallyHidden } from '@mantine/core'
import { diffLines } from 'diff'
import classes from './policy-diff.module.css'

type Side = { text: string; isChanged: boolean } | undefined

/** Two texts side by side, line by line; on a phone one below the other. */
export function PolicyDiff({ present, corrected }: { present: string; corrected: string }) {
  return (
    <div className={classes.frame}>
      <table className={classes.diff} aria-label="What is there, beside what should be">
        <thead>
          <tr>
            <th scope="col">As you have it</th>
            <th scope="col">Corrected</th>
          </tr>
        </thead>
        <tbody>
          {pairLines(present, corrected).map(([before, after], at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
            <tr key={at}>
              <Line side={before} mark="−" word="Removed" look={classes.removed} />
              <Line side={after} mark="+" word="Added" look={classes.added} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Line({
  side,
  mark,
  word,
  look,
}: {
  side: Side
  mark: string
  word: string
  look: string | undefined
}) {
  if (side === undefined) return <td />
  if (!side.isChanged)
    return (
      <td className={classes.same}>
        <span className={classes.mark} aria-hidden />
        {side.text}
      </td>
    )
  return (
    <td className={look}>
      <span className={classes.mark} aria-hidden>
        {mark}
      </span>
      <VisuallyHidden>{word}: </VisuallyHidden>
      {side.text}
    </td>
  )
}

/** What went stands beside what came in its place. */
export function pairLines(present: string, corrected: string): [Side, Side][] {
  const rows: [Side, Side][] = []
  let removed: string[] = []
  const flush = (added: string[]) => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++)
      rows.push([sideOf(removed[at]), sideOf(added[at])])
    removed = []
  }
  for (const change of diffLines(`${present.trimEnd()}\n`, `${corrected.trimEnd()}\n`)) {
    const lines = change.value.replace(/\n$/, '').split('\n')
    if (change.removed) removed = lines
    else if (change.added) flush(lines)
    else {
      flush([])
      for (const text of lines)
        rows.push([
          { text, isChanged: false },
          { text, isChanged: false },
        ])
    }
  }
  flush([])
  return rows
}

function sideOf(text: string | undefined): Side {
  return text === undefined ? undefined : { text, isChanged: true }
}

import { Text, VisuallyHidden } from '@mantine/core'
import classes from './policy-diff.module.css'
import { pairLines, type Side } from './policy-lines.ts'
import { formatForDiff } from './policy-text.ts'

/** Two policies side by side, line by line; on a phone one below the other. */
export function PolicyDiff({ present, corrected }: { present: object; corrected: object }) {
  const [before, after] = [formatForDiff(present), formatForDiff(corrected)]
  if (before === after) return <Text size="sm">They are the same.</Text>
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
          {pairLines(before, after).map(([left, right], at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
            <tr key={at}>
              <Line side={left} mark="−" word="Removed" look={classes.removed} />
              <Line side={right} mark="+" word="Added" look={classes.added} />
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

import { diffLines } from 'diff'

/** A line on one side of a comparison; undefined: the other side has more lines here. */
export type Side = { text: string; isChanged: boolean } | undefined

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

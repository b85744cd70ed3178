import type { Mistake } from '#errors'
import { resolveColumns, type SampleType } from '#samples'
import { mistakeOfPath, windowHours, windowHoursMax } from './plan.ts'

const endAheadMsMax = 60_000

/**
 * What no schema can say about a body, members of a wrong type left aside: they are the schema's to name,
 * and all mistakes go out in one answer.
 */
export function findMistakes(body: unknown, now: Date): Mistake[] {
  const { startTime, endTime, columns, type, output } = Object(body)
  return [
    ...mistakesOfWindow(instantOf(startTime), instantOf(endTime), now),
    ...mistakesOfColumns(columns, type === 'ADS' ? type : 'SESSIONS'),
    ...mistakesOfOutputPath(Object(output).outputPath),
  ]
}

function mistakesOfWindow(start: Date | undefined, end: Date | undefined, now: Date): Mistake[] {
  const mistakes: Mistake[] = []
  const add = (text: string) => mistakes.push({ field: 'endTime', text })
  if (end && end.getTime() > now.getTime() + endAheadMsMax)
    add(
      'must not be in the future: an export holds what is already stored. Create the task when this ' +
        'time has passed',
    )
  if (start && end) {
    const hours = windowHours({ start, end })
    if (hours <= 0) add('must be later than startTime')
    if (hours > windowHoursMax)
      add(`must be at most ${windowHoursMax} hours (90 days) after startTime; split the window`)
  }
  return mistakes
}

function mistakesOfColumns(columns: unknown, type: SampleType): Mistake[] {
  if (!Array.isArray(columns)) return []
  const names = columns.filter((name) => typeof name === 'string')
  const resolved = resolveColumns(names, type)
  if ('columns' in resolved) return []
  const text = `names unknown columns of ${type}: ${quote(resolved.unknown)}`
  return [{ field: 'columns', text }]
}

const namesShownMax = 20

function quote(names: string[]): string {
  const shown = names.slice(0, namesShownMax).map((name) => `'${name.slice(0, 100)}'`)
  return (
    shown.join(', ') +
    (names.length > namesShownMax ? ` and ${names.length - namesShownMax} more` : '')
  )
}

function mistakesOfOutputPath(outputPath: unknown): Mistake[] {
  const text = typeof outputPath === 'string' ? mistakeOfPath(outputPath) : undefined
  return text === undefined ? [] : [{ field: 'output.outputPath', text }]
}

function instantOf(value: unknown): Date | undefined {
  const instant = typeof value === 'string' ? new Date(value) : undefined
  return instant === undefined || Number.isNaN(instant.getTime()) ? undefined : instant
}

import type { ExportFile, ExportTask } from '@sluice/sdk'
import { writeBytes, writeCount } from '../../parts/amounts.ts'
import type { GridHour, HourLook, LegendEntry } from '../../parts/hour-grid.tsx'

export type FileState = 'DELIVERED' | 'EMPTY' | 'UNDERWAY' | 'FAILED' | 'PLANNED'

const states: Record<FileState, { look: HourLook; word: string }> = {
  DELIVERED: { look: 'filled', word: 'Delivered' },
  EMPTY: { look: 'hollow', word: 'Delivered, no samples' },
  UNDERWAY: { look: 'striped', word: 'In flight' },
  FAILED: { look: 'cross', word: 'Failed' },
  PLANNED: { look: 'dashed', word: 'Planned' },
}

export const wordOf = (state: FileState): string => states[state].word

/** An attempt that failed is told of as long as none has delivered the file. */
export function judgeFile(file: ExportFile, task: Pick<ExportTask, 'state'>): FileState {
  if (file.status === 'DELIVERED') return file.rows === 0 ? 'EMPTY' : 'DELIVERED'
  const isStarted = task.state === 'STARTED'
  if (file.status === 'CLAIMED' && isStarted) return 'UNDERWAY'
  if (file.lastError !== undefined && task.state !== 'QUEUED') return 'FAILED'
  return 'PLANNED'
}

/** The files that are an hour's; the manifest is none. */
export function hoursOf(files: readonly ExportFile[], task: Pick<ExportTask, 'state'>) {
  return files.flatMap((file): (GridHour & { file: ExportFile; state: FileState })[] => {
    if (file.startTime === undefined) return []
    const state = judgeFile(file, task)
    const { look } = states[state]
    return [{ startTime: file.startTime, look, text: textOf(file, state), file, state }]
  })
}

function textOf(file: ExportFile, state: FileState): string {
  const { rows, bytes, lastError } = file
  return [
    wordOf(state),
    ...(rows !== undefined && rows > 0 ? [writeCount(rows, 'row')] : []),
    ...(bytes === undefined ? [] : [writeBytes(bytes)]),
    ...(state === 'FAILED' && lastError ? [lastError.code] : []),
  ].join(', ')
}

export function legendOf(hours: readonly { state: FileState }[]): LegendEntry[] {
  return Object.entries(states).map(([state, { look, word }]) => ({
    look,
    word,
    count: hours.filter((hour) => hour.state === state).length,
  }))
}

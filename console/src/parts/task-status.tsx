import type { ExportTask } from '@sluice/sdk'
import { Status, type Tone } from './status.tsx'

const states: Record<ExportTask['state'], { tone: Tone; word: string }> = {
  QUEUED: { tone: 'waiting', word: 'Queued' },
  STARTED: { tone: 'waiting', word: 'Started' },
  CANCELLING: { tone: 'waiting', word: 'Cancelling' },
  CANCELLED: { tone: 'none', word: 'Cancelled' },
  FINISHED: { tone: 'good', word: 'Finished' },
  ERROR: { tone: 'bad', word: 'Error' },
}

export function TaskStatus({ task }: { task: Pick<ExportTask, 'state' | 'progress'> }) {
  const { tone, word } = states[task.state]
  return <Status tone={tone}>{task.state === 'STARTED' ? `${task.progress} %` : word}</Status>
}

/** Something may still change by itself. */
export function isUnderway({ state }: Pick<ExportTask, 'state'>): boolean {
  return state === 'QUEUED' || state === 'STARTED' || state === 'CANCELLING'
}

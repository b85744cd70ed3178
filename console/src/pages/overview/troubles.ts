import type { ExportSchedule, ExportTask } from '@sluice/sdk'
import { nameOf } from '../../parts/output-name.ts'
import { currentVerdictOf } from '../../parts/verdict.ts'
import type { OverviewOutput } from './overview-query.ts'

/** `The output` **raw data** `has failed its verification.` */
export interface Trouble {
  what: 'output' | 'schedule' | 'export'
  id: string
  name: string
}

/** What somebody has to look at, what hinders most first. Nothing: all is well. */
export function listTroubles(found: {
  outputs: OverviewOutput[]
  schedules: ExportSchedule[]
  tasks: ExportTask[]
}): Trouble[] {
  const failed = found.outputs.filter(
    ({ verification }) => verification && currentVerdictOf(verification) === 'FAILED',
  )
  const late = found.schedules.filter(({ lateSince }) => lateSince !== undefined)
  const broken = found.tasks.filter(({ state }) => state === 'ERROR')
  return [
    ...failed.map(
      ({ output }) => ({ what: 'output', id: output.id, name: nameOf(output) }) as const,
    ),
    ...late.map(({ id, name }) => ({ what: 'schedule', id, name }) as const),
    ...broken.map(({ id, name }) => ({ what: 'export', id, name }) as const),
  ]
}

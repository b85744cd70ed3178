import type { ExportSchedule, ExportTask } from '@sluice/sdk'
import { nameOf } from '../../parts/output-name.ts'
import { currentVerdictOf } from '../../parts/verdict.ts'
import type { OverviewOutput } from './overview-query.ts'

/** What somebody has to look at, a sentence each, what hinders most first. Nothing: all is well. */
export function listTroubles(found: {
  outputs: OverviewOutput[]
  schedules: ExportSchedule[]
  tasks: ExportTask[]
}): string[] {
  const late = found.schedules.filter(({ lateSince }) => lateSince !== undefined)
  const failed = found.outputs.filter(
    ({ verification }) => verification && currentVerdictOf(verification) === 'FAILED',
  )
  const broken = found.tasks.filter(({ state }) => state === 'ERROR')
  return [
    ...failed.map(({ output }) => `The output ${nameOf(output)} has failed its verification.`),
    ...late.map(({ name }) => `The schedule ${name} is late.`),
    ...broken.map(({ name }) => `The export ${name} ended in an error.`),
  ]
}

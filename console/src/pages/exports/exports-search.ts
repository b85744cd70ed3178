import type { ExportTask, ExportTaskFilter } from '@sluice/sdk'

/** Which exports are listed. */
export type ExportsSearch = Pick<ExportTaskFilter, 'state' | 'outputId' | 'licenseKey'>

export const states: Record<ExportTask['state'], string> = {
  QUEUED: 'Queued',
  STARTED: 'Started',
  FINISHED: 'Finished',
  ERROR: 'Error',
  CANCELLING: 'Cancelling',
  CANCELLED: 'Cancelled',
}

export function readExportsSearch(search: Record<string, unknown>): ExportsSearch {
  const { state } = search
  return { ...(isState(state) && { state }), ...readTargetSearch(search) }
}

/** What a form begins with, too. */
export function readTargetSearch({
  outputId,
  licenseKey,
}: Record<string, unknown>): Pick<ExportsSearch, 'outputId' | 'licenseKey'> {
  return {
    ...(typeof outputId === 'string' && outputId !== '' && { outputId }),
    ...(typeof licenseKey === 'string' && licenseKey !== '' && { licenseKey }),
  }
}

function isState(value: unknown): value is ExportTask['state'] {
  return typeof value === 'string' && Object.hasOwn(states, value)
}

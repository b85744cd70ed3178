import { sql } from 'kysely'
import type { OrganizationScope } from '#database'
import type { HeldHour } from '#samples'
import { readPinned } from './pinned.ts'

/** Rows of a license that were in the store for some time. */
export interface HeldRows extends HeldHour {
  licenseKey: string
  /** Files of snapshots from here on have none of them; absent: they are still there. */
  deletedBefore: Date | undefined
}

/** An object that holds some of the rows, or may, since it was begun and nobody knows how that ended. */
export interface HoldingFile {
  taskId: string
  outputId: string
  bucketName: string
  objectKey: string
  start: Date
  end: Date
  deliveredAt: Date | undefined
}

/** In the order of their keys. What a file holds follows from what was pinned for it. */
export async function findHoldingFiles(
  scope: OrganizationScope,
  held: readonly HeldRows[],
): Promise<HoldingFile[]> {
  const groups = Map.groupBy(held, ({ licenseKey, type }) => `${licenseKey} ${type}`)
  const found = new Map<string, HoldingFile>()
  for (const rows of groups.values())
    for (const file of await readFiles(scope, rows))
      found.set(`${file.taskId} ${file.objectKey}`, file)
  return [...found.values()].sort((a, b) => compare(keyOf(a), keyOf(b)))
}

const keyOf = (file: HoldingFile) => `${file.bucketName} ${file.objectKey} ${file.taskId}`
const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b))

/** `held` is of one license and one type. */
async function readFiles(
  scope: OrganizationScope,
  held: readonly HeldRows[],
): Promise<HoldingFile[]> {
  const [first] = held
  if (first === undefined) return []
  const { licenseKey, type } = first
  const files = await scope
    .selectFrom('export_files')
    .innerJoin('export_tasks', (join) =>
      join
        .onRef('export_tasks.id', '=', 'export_files.task_id')
        .onRef('export_tasks.organization_id', '=', 'export_files.organization_id'),
    )
    .selectAll('export_files')
    .select('export_tasks.output_id')
    .where('export_tasks.type', '=', type)
    .where(sql<boolean>`export_tasks.license_keys @> ${JSON.stringify([licenseKey])}::jsonb`)
    .where((eb) =>
      eb.or([eb('export_files.claimed_at', 'is not', null), sql<boolean>`upload_ids <> '[]'`]),
    )
    .where('export_files.start_time', '<=', latest(held.map(({ lastTime }) => lastTime)))
    .where('export_files.end_time', '>', earliest(held.map(({ firstTime }) => firstTime)))
    .execute()
  return files.flatMap(({ start_time: start, end_time: end, pinned, ...file }) => {
    if (start === null || end === null || pinned === null) return []
    const snapshot = readPinned(pinned).licenses.find((each) => each.licenseKey === licenseKey)
    const holds = (rows: HeldRows) =>
      snapshot !== undefined &&
      start <= rows.lastTime &&
      end > rows.firstTime &&
      snapshot.storedBefore > rows.storedFrom &&
      (rows.deletedBefore === undefined || snapshot.storedBefore < rows.deletedBefore)
    if (!held.some(holds)) return []
    return {
      taskId: file.task_id,
      outputId: file.output_id,
      bucketName: file.bucket_name,
      objectKey: file.object_key,
      start,
      end,
      deliveredAt: file.delivered_at ?? undefined,
    }
  })
}

const earliest = (times: Date[]) => new Date(Math.min(...times.map(Number)))
const latest = (times: Date[]) => new Date(Math.max(...times.map(Number)))

import type { Database } from '#database'
import type { Verdict } from './rows.ts'

/** Of all organizations: how many roles of outputs that are there stand how, under the ids of now. */
export async function countVerdicts(
  database: Database,
): Promise<{ verdict: Verdict; count: number }[]> {
  const rows = await database.db
    .selectFrom('role_verdicts')
    .innerJoin('outputs', (join) =>
      join
        .onRef('outputs.id', '=', 'role_verdicts.output_id')
        .onRef('outputs.organization_id', '=', 'role_verdicts.organization_id')
        .onRef('outputs.external_id', '=', 'role_verdicts.external_id'),
    )
    .select((eb) => ['role_verdicts.verdict', eb.fn.countAll<number>().as('count')])
    .where('outputs.deleted_at', 'is', null)
    .groupBy('role_verdicts.verdict')
    .execute()
  return rows.map(({ verdict, count }) => ({ verdict, count: Number(count) }))
}

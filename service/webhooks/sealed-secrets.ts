import type { Database } from '#database'
import { type Sealing, SealUnknown } from '#sealing'
import type { Secret } from '#secret'
import type { Telemetry } from '#telemetry'

/** Both of a webhook's secrets have one place, since the one becomes the other. */
const placeOf = (webhookId: string) => `webhook ${webhookId}`

export function sealSecret(sealing: Sealing, webhookId: string, secret: Secret): string {
  return sealing.seal(secret, placeOf(webhookId))
}

/** Undefined: no key of ours opens it. */
export function openSecret(
  sealing: Sealing,
  webhookId: string,
  sealed: string,
): Secret | undefined {
  try {
    return sealing.open(sealed, placeOf(webhookId))
  } catch (error) {
    if (error instanceof SealUnknown) return undefined
    throw error
  }
}

/**
 * Seals anew what lies there open, from before there were keys, or under a key that is not the first any more. What
 * no key opens stays and is told: its owner makes a new secret, or the operator gives the key back.
 */
export async function sealAnew({
  database,
  sealing,
  telemetry,
}: {
  database: Database
  sealing: Sealing
  telemetry: Telemetry
}): Promise<void> {
  const webhooks = await database.db
    .selectFrom('webhooks')
    .select(['id', 'secret', 'old_secret'])
    .execute()
  for (const { id, ...stored } of webhooks)
    for (const column of ['secret', 'old_secret'] as const) {
      const sealed = stored[column]
      if (sealed === null || sealing.isCurrent(sealed)) continue
      const secret = openSecret(sealing, id, sealed)
      if (secret === undefined) {
        telemetry.log.error({ webhookId: id, column }, 'webhook secret cannot be read')
        continue
      }
      await database.db
        .updateTable('webhooks')
        .set({ [column]: sealSecret(sealing, id, secret) })
        .where('id', '=', id)
        .where(column, '=', sealed) // or somebody has made a new one meanwhile
        .execute()
    }
}

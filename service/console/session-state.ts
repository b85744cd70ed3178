/** A session ends after so long without a request, and after so long in any case. */
export const IDLE_MS_MAX = 12 * 3_600_000
export const LIFE_MS_MAX = 7 * 24 * 3_600_000

/** When it ends if nothing comes any more; never after its own end. */
export function endOf(session: { createdAt: Date; usedAt: Date }): Date {
  const idleEndMs = session.usedAt.getTime() + IDLE_MS_MAX
  return new Date(Math.min(idleEndMs, session.createdAt.getTime() + LIFE_MS_MAX))
}

/** How often and after how long a task that met a TransientError is tried again. */
export interface RetryBudget {
  /** Failures in a row without a delivered file between them; one more ends the task. */
  readonly failuresMax: number
  readonly firstDelayMs: number
  readonly delayMsMax: number
}

/** In all about an hour and a half: longer than most outages of one AWS service in one region. */
export const retryBudget: RetryBudget = {
  failuresMax: 12,
  firstDelayMs: 5_000,
  delayMsMax: 900_000,
}

/**
 * Of aborting a cancelled task's uploads: pauses of under a minute in all. Then it is CANCELLED, whatever is left
 * open, so that whoever waits for that may go on.
 */
export const abortBudget: RetryBudget = {
  failuresMax: 3,
  firstDelayMs: 5_000,
  delayMsMax: 20_000,
}

/**
 * The pause after the given failure (the first is 1), or undefined when the budget is spent. Doubles each
 * time, and lies between half of that and all of it (`random` in 0..1), so that tasks do not come back
 * together. What the other side asks for is respected.
 */
export function delayAfter(
  failures: number,
  options: { budget: RetryBudget; random: number; retryAfterSeconds?: number | undefined },
): number | undefined {
  const { budget, random, retryAfterSeconds = 0 } = options
  if (failures > budget.failuresMax) return undefined
  const doubled = Math.min(budget.firstDelayMs * 2 ** (failures - 1), budget.delayMsMax)
  return Math.max(Math.round(doubled * (0.5 + random / 2)), retryAfterSeconds * 1000)
}

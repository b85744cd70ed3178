import { setTimeout as pause } from 'node:timers/promises'

/** A part that the service cannot work without. */
export interface PartState {
  /** As the metrics name it. */
  part: 'database' | 'sample_store' | 'aws_identity'
  /** What is in its way now, in a sentence; undefined: it is ready. */
  problem: string | undefined
}

interface Asked {
  database: { ping(): Promise<void> }
  samples: { ping(): Promise<void> }
  principal: { problem(): string | undefined }
}

/** Less than the metrics wait for a gauge: one that hangs shows as not ready, instead of not at all. */
const ANSWER_TIMEOUT_MS = 4_000

/** How each part is now; `/readyz` and the metrics say the same. */
export async function readReadiness(
  { database, samples, principal }: Asked,
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<PartState[]> {
  const problemOf = (part: { ping(): Promise<void> }, problem: string) =>
    Promise.race([
      part.ping().then(
        () => undefined,
        () => problem,
      ),
      pause(timeoutMs, problem, { ref: false }),
    ])
  const [ofDatabase, ofSamples] = await Promise.all([
    problemOf(database, 'The database does not answer.'),
    problemOf(samples, 'The sample store does not answer.'),
  ])
  return [
    { part: 'database', problem: ofDatabase },
    { part: 'sample_store', problem: ofSamples },
    { part: 'aws_identity', problem: principal.problem() },
  ]
}

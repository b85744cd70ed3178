import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/**
 * Keeps processes, with all their threads, on cores of their own: https://man7.org/linux/man-pages/man1/taskset.1.html.
 * Says whether it could.
 */
export function pinToCores(pidsByCore: Record<number, readonly number[]>): boolean {
  const cores = Object.keys(pidsByCore).length
  if (process.platform !== 'linux' || availableParallelism() < cores) return false
  try {
    for (const [core, pids] of Object.entries(pidsByCore))
      for (const pid of pids)
        execFileSync('taskset', ['-acp', core, String(pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

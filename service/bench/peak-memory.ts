import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/**
 * The most memory that these processes held while the work was done, in MiB: the sum of their resident
 * peaks, which Linux keeps (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html). NaN elsewhere.
 */
export async function peakMemoryOf(
  pids: readonly number[],
  work: () => Promise<unknown>,
): Promise<number> {
  if (!existsSync('/proc/self/clear_refs')) return Number.NaN
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5') // the peak begins anew
  await work()
  const peaks = pids.map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
  })
  return Math.round(peaks.reduce((sum, peak) => sum + peak, 0))
}

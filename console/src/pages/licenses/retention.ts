/** `P395D`, in words. */
export function retentionOf(duration: string): string {
  const days = daysOf(duration)
  return days === 1 ? '1 day' : `${days} days`
}

export function daysOf(duration: string): number {
  return Number(/^P(\d+)D$/.exec(duration)?.[1] ?? 0)
}

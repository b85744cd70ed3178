import { Skeleton, Stack, VisuallyHidden } from '@mantine/core'

/** In the place, and about the size, of what is to come. */
export function Loading({ what, lines = 3 }: { what: string; lines?: number }) {
  return (
    <Stack gap="sm" role="status">
      <VisuallyHidden>Loading {what}…</VisuallyHidden>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars that are all alike
        <Skeleton key={line} height={18} width={`${100 - ((line * 17) % 40)}%`} />
      ))}
    </Stack>
  )
}

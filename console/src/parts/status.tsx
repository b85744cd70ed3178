import { Group, Text } from '@mantine/core'
import {
  CircleCheck,
  CircleDashed,
  CircleQuestionMark,
  CircleX,
  Clock,
  type LucideIcon,
} from 'lucide-react'

/** What a state means for its reader. */
export type Tone = 'good' | 'bad' | 'doubt' | 'waiting' | 'none'

const tones: Record<Tone, { icon: LucideIcon; color: string }> = {
  good: { icon: CircleCheck, color: 'var(--sluice-good)' },
  bad: { icon: CircleX, color: 'var(--sluice-bad)' },
  doubt: { icon: CircleQuestionMark, color: 'var(--sluice-doubt)' },
  waiting: { icon: Clock, color: 'var(--mantine-color-anchor)' },
  none: { icon: CircleDashed, color: 'var(--mantine-color-dimmed)' },
}

/** A word and a shape: the color only repeats them. */
export function Status({ tone, children }: { tone: Tone; children: string }) {
  const { icon: Icon, color } = tones[tone]
  return (
    <Group gap={6} wrap="nowrap" align="flex-start" component="span" display="inline-flex">
      <Icon size={16} color={color} aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
      <Text span size="sm" style={{ overflowWrap: 'break-word' }}>
        {children}
      </Text>
    </Group>
  )
}

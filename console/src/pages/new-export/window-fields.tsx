import { Button, Fieldset, Group, Stack, Text, TextInput } from '@mantine/core'
import { localTimeOfTyped } from '../../parts/local-time.ts'
import { quickWindows, type WindowText } from '../../parts/quick-windows.ts'

/** A half-open window in UTC, picked or typed. */
export function WindowFields({
  value,
  onChange,
}: {
  value: WindowText
  onChange(value: WindowText): void
}) {
  return (
    <Fieldset
      legend={
        <Text span size="sm" fw={600}>
          Window
        </Text>
      }
      variant="unstyled"
      mx={0}
    >
      <Stack gap="sm">
        <Group gap="xs">
          {Object.entries(quickWindows).map(([name, windowAt]) => (
            <Button
              key={name}
              size="compact-sm"
              variant="default"
              onClick={() => onChange(windowAt(new Date()))}
            >
              {name}
            </Button>
          ))}
        </Group>
        <Group grow preventGrowOverflow={false} wrap="wrap">
          <TextInput
            type="datetime-local"
            label="From, UTC"
            description={localTimeOfTyped(value.start)}
            miw={220}
            required
            value={value.start}
            onChange={(event) => onChange({ ...value, start: event.currentTarget.value })}
          />
          <TextInput
            type="datetime-local"
            label="Until, UTC"
            description={localTimeOfTyped(value.end)}
            miw={220}
            required
            value={value.end}
            onChange={(event) => onChange({ ...value, end: event.currentTarget.value })}
          />
        </Group>
      </Stack>
    </Fieldset>
  )
}

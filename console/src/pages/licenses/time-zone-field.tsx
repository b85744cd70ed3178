import { Select } from '@mantine/core'

const TIME_ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')]
/** A list of all some 400 would be slow to open; one finds a zone by its name. */
const SHOWN_MAX = 50

export function TimeZoneField({
  value,
  onChange,
}: {
  value: string
  onChange(value: string): void
}) {
  return (
    <Select
      label="Time zone"
      description="A daily schedule exports its days. Files and samples have their times in UTC."
      data={TIME_ZONES}
      limit={SHOWN_MAX}
      searchable
      allowDeselect={false}
      value={value}
      onChange={(picked) => onChange(picked ?? 'UTC')}
    />
  )
}

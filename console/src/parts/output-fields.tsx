import { Select, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../frame/session.ts'
import { outputsQuery } from './known-names.ts'
import { nameOf, placeOf } from './output-name.ts'

const CHOICES_MAX = 100

export interface Target {
  outputId: string
  outputPath: string
}

/** Where the files go. */
export function OutputFields({
  target,
  onChange,
}: {
  target: Target
  onChange(change: Partial<Target>): void
}) {
  const { data: outputs = [] } = useQuery(outputsQuery(useOrganization()))
  const output = outputs.find(({ id }) => id === target.outputId)
  return (
    <Stack gap="md">
      <Select
        label="Output"
        placeholder="Pick one"
        required
        searchable
        limit={CHOICES_MAX}
        value={target.outputId || null}
        onChange={(picked) => onChange({ outputId: picked ?? '' })}
        data={outputs.map((each) => ({ value: each.id, label: nameOf(each) }))}
      />
      <TextInput
        label="Path"
        description={
          output
            ? `The folder of the files: ${placeOf(output).replace(/\/?$/, '/')}${target.outputPath}`
            : 'The folder of the files in the bucket.'
        }
        required
        value={target.outputPath}
        onChange={(event) => onChange({ outputPath: event.currentTarget.value })}
      />
    </Stack>
  )
}

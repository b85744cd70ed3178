import { Select, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../frame/session.ts'
import { outputsQuery } from './known-names.ts'

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
  const prefix = output?.pathPrefix ? `${output.pathPrefix.replace(/\/?$/, '/')}` : ''
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
        data={outputs.map(({ id, name, bucketName }) => ({ value: id, label: name ?? bucketName }))}
      />
      <TextInput
        label="Path"
        description={
          output
            ? `The folder of the files: s3://${output.bucketName}/${prefix}${target.outputPath}`
            : 'The folder of the files in the bucket.'
        }
        required
        value={target.outputPath}
        onChange={(event) => onChange({ outputPath: event.currentTarget.value })}
      />
    </Stack>
  )
}

import { Select, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../frame/session.ts'
import { outputsQuery } from './known-names.ts'
import { LinkTo } from './links.tsx'
import { NotLoaded } from './not-loaded.tsx'
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
  const acting = useOrganization()
  const query = useQuery(outputsQuery(acting))
  const { data: outputs = [] } = query
  const output = outputs.find(({ id }) => id === target.outputId)
  return (
    <Stack gap="md">
      <NotLoaded query={query} what="the outputs" />
      {query.data?.length === 0 && (
        <Text size="sm">
          There is no output yet to put files into.{' '}
          <LinkTo
            to="/organizations/$organizationId/outputs/new"
            params={{ organizationId: acting.organization.id }}
          >
            Set up an output
          </LinkTo>
        </Text>
      )}
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

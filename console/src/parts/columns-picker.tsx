import { Button, Checkbox, Group, ScrollArea, Stack, Text, TextInput } from '@mantine/core'
import type { Column } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useOrganization } from '../frame/session.ts'
import { writeCount } from './amounts.ts'
import { Choice, type Content } from './content-fields.tsx'
import { Loaded } from './loaded.tsx'

/** Which columns a file has, each with what it means; in the order of a file that has all. */
export function ColumnsPicker({
  type,
  value,
  onChange,
}: {
  type: Content['type']
  value: string[] | undefined
  onChange(value: string[] | undefined): void
}) {
  const { client } = useOrganization()
  const columns = useQuery({
    queryKey: ['columns', type],
    queryFn: () => client.listColumns(type),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <Stack gap="sm">
      <Choice
        label="Columns"
        value={value === undefined ? 'ALL' : 'SOME'}
        choices={{
          ALL: columns.data ? `All ${columns.data.length}` : 'All',
          SOME: value === undefined ? 'Some of them' : `Some of them: ${value.length}`,
        }}
        onChange={(choice) => onChange(choice === 'ALL' ? undefined : [])}
      />
      {value !== undefined && (
        <Loaded query={columns} what="the columns">
          {(known) => <Picker columns={known} value={value} onChange={onChange} />}
        </Loaded>
      )}
    </Stack>
  )
}

function Picker({
  columns,
  value,
  onChange,
}: {
  columns: Column[]
  value: string[]
  onChange(value: string[]): void
}) {
  const [sought, setSought] = useState('')
  const picked = new Set(value)
  const text = sought.trim().toLowerCase()
  const found = columns.filter((column) =>
    `${column.name} ${column.description}`.toLowerCase().includes(text),
  )
  const change = (names: string[], isPicked: boolean) => {
    const isNext = (name: string) => (names.includes(name) ? isPicked : picked.has(name))
    onChange(columns.map(({ name }) => name).filter(isNext))
  }
  const namesFound = found.map(({ name }) => name)
  return (
    <Stack gap="xs">
      <TextInput
        label="Find a column"
        placeholder="bitrate"
        value={sought}
        onChange={(event) => setSought(event.currentTarget.value)}
      />
      <Group gap="xs">
        <Button size="compact-sm" variant="default" onClick={() => change(namesFound, true)}>
          Pick {writeCount(found.length, 'column')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => change(namesFound, false)}>
          Drop them
        </Button>
      </Group>
      <ScrollArea.Autosize
        mah={340}
        type="auto"
        viewportProps={{ tabIndex: 0, 'aria-label': 'Columns', role: 'region' }}
      >
        <Stack gap="xs" py="xs" pr="md">
          {found.map((column) => (
            <Checkbox
              key={column.name}
              label={column.name}
              description={describe(column)}
              checked={picked.has(column.name)}
              onChange={(event) => change([column.name], event.currentTarget.checked)}
            />
          ))}
          {found.length === 0 && <Text size="sm">No column has that in its name or meaning.</Text>}
        </Stack>
      </ScrollArea.Autosize>
    </Stack>
  )
}

function describe({ description, unit, csv }: Column): string {
  const means = description.charAt(0).toUpperCase() + description.slice(1)
  return [means, csv, ...(unit === undefined ? [] : [unit])].join(' · ')
}

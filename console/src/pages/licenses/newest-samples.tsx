import {
  Code,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core'
import type { Column, NewestSamples as Newest } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Rows } from '../../parts/rows.tsx'
import { licenseQueries } from './license-queries.ts'
import type { SamplesSearch } from './license-search.ts'
import { readValue } from './values.ts'

const CARD_LINES = 8
const page = '/signed-in/organizations/$organizationId/licenses/$licenseId/samples'

function useSamplesSearch() {
  const search = useSearch({ from: page })
  const navigate = useNavigate({
    from: '/organizations/$organizationId/licenses/$licenseId/samples',
  })
  const change = (changed: SamplesSearch) => {
    void navigate({ search: changed, replace: true, resetScroll: false })
  }
  return { search, change }
}

/** The rows that arrived last, one at a time, with what each column of a file means. */
export function NewestSamples() {
  const acting = useOrganization()
  const { licenseId } = useParams({ from: page })
  const { search, change } = useSamplesSearch()
  const queries = licenseQueries(acting)
  const license = useQuery(queries.license(licenseId))
  const samples = useQuery(queries.newestSamples(licenseId, search.type ?? 'SESSIONS'))
  const licenses = `/organizations/${acting.organization.id}/licenses`
  return (
    <Page
      title="Newest samples"
      crumbs={[
        { name: 'Licenses', href: licenses },
        { name: license.data?.name ?? 'License', href: `${licenses}/${licenseId}` },
      ]}
      about="As a file of an export would have them. Of hours that are still open too, so a sample may be here that is sent again later; files have it once."
    >
      <SegmentedControl
        aria-label="Kind of rows"
        value={search.type ?? 'SESSIONS'}
        data={[
          { value: 'SESSIONS', label: 'Samples' },
          { value: 'ADS', label: 'Ad samples' },
        ]}
        onChange={(value) => change(value === 'ADS' ? { type: 'ADS' } : {})}
        maw={280}
      />
      <Card title="Row by row">
        <Loaded query={samples} what="the newest samples" lines={CARD_LINES}>
          {(found) => <OneSample found={found} />}
        </Loaded>
      </Card>
    </Page>
  )
}

function OneSample({ found: { rows, columns } }: { found: Newest }) {
  const { search, change } = useSamplesSearch()
  const { row: position = 1, find = '', empty = false } = search
  const row = rows[position - 1] ?? rows[0]
  return (
    <Stack>
      {row === undefined ? (
        <Text size="sm" c="dimmed">
          None arrived in the last 7 days. These are the columns that each would have.
        </Text>
      ) : (
        <Select
          label="Row"
          data={rows.map((each, index) => ({
            value: String(index + 1),
            label: `${index + 1} of ${rows.length}: ${readValue(each.time)}`,
          }))}
          allowDeselect={false}
          value={String(rows.indexOf(row) + 1)}
          onChange={(value) => change({ ...search, row: Number(value) })}
          maw={360}
        />
      )}
      <TextInput
        label="Find a column"
        placeholder="startup"
        maw={360}
        value={find}
        onChange={(event) => change({ ...search, find: event.currentTarget.value })}
      />
      {row !== undefined && (
        <Switch
          label="Columns without a value too"
          checked={empty}
          onChange={({ currentTarget: { checked } }) => {
            const { empty: _, ...others } = search
            change(checked ? { ...others, empty: true } : others)
          }}
        />
      )}
      <Columns
        columns={columns.filter(
          (column) => has(column, find) && (empty || !row || readValue(row[column.name]) !== ''),
        )}
        row={row}
      />
    </Stack>
  )
}

function has({ name, description }: Column, text: string): boolean {
  return `${name} ${description}`.toLowerCase().includes(text.toLowerCase())
}

function Columns({
  columns,
  row,
}: {
  columns: Column[]
  row: Record<string, unknown> | undefined
}) {
  return (
    <Rows
      caption="Columns"
      head={
        row === undefined ? ['Column', 'Unit', 'Meaning'] : ['Column', 'Value', 'Unit', 'Meaning']
      }
      whole={['Column', 'Unit']}
      empty="No column has that in its name or meaning."
      rows={columns.map(({ name, unit, description }) => {
        const value = row === undefined ? [] : [<Value key="value" value={row[name]} />]
        return {
          key: name,
          cells: [<Code key="name">{name}</Code>, ...value, unit, description],
        }
      })}
    />
  )
}

function Value({ value }: { value: unknown }) {
  const text = readValue(value)
  return text === '' ? (
    <Text span size="sm" c="dimmed">
      empty
    </Text>
  ) : (
    <Group component="span" display="inline-flex" ff="monospace" fz="xs">
      {text}
    </Group>
  )
}

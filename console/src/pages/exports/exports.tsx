import { Group, Select, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { licensesQuery, outputsQuery } from '../../parts/known-names.ts'
import { ButtonTo } from '../../parts/links.tsx'
import { nameOf } from '../../parts/output-name.ts'
import { Page } from '../../parts/page.tsx'
import { ExportList } from './export-list.tsx'
import { type ExportsSearch, states } from './exports-search.ts'

const own = '/organizations/$organizationId/exports'

/** Every export, the newest first, as it goes on. The filter is in the address. */
export function Exports() {
  const { organization } = useOrganization()
  const search = useSearch({ from: `/signed-in${own}` })
  return (
    <Page
      title="Exports"
      about="One file per hour into your bucket, and a manifest last."
      actions={
        <ButtonTo to={`${own}/new`} params={{ organizationId: organization.id }}>
          New export
        </ButtonTo>
      }
    >
      <Stack gap="md">
        <Filters search={search} />
        <ExportList key={JSON.stringify(search)} search={search} />
      </Stack>
    </Page>
  )
}

function Filters({ search }: { search: ExportsSearch }) {
  const acting = useOrganization()
  const navigate = useNavigate({ from: own })
  const { data: outputs = [] } = useQuery(outputsQuery(acting))
  const { data: licenses = [] } = useQuery(licensesQuery(acting))
  const choices = {
    state: Object.entries(states).map(([value, label]) => ({ value, label })),
    outputId: outputs.map((output) => ({ value: output.id, label: nameOf(output) })),
    licenseKey: licenses.map(({ licenseKey, name }) => ({ value: licenseKey, label: name })),
  }
  const labels = { state: 'Status', outputId: 'Output', licenseKey: 'License' } as const
  return (
    <Group component="search" gap="sm">
      {(['state', 'outputId', 'licenseKey'] as const).map((member) => (
        <Select
          key={member}
          aria-label={labels[member]}
          placeholder={`${labels[member]}: any`}
          data={choices[member]}
          value={search[member] ?? null}
          onChange={(value) =>
            void navigate({
              search: { ...search, [member]: value ?? undefined },
              replace: true,
            })
          }
          clearable
          clearButtonProps={{ 'aria-label': `Any ${labels[member].toLowerCase()}` }}
          searchable={member !== 'state'}
          limit={CHOICES_MAX}
          flex="1 1 10rem"
          maw={{ sm: 260 }}
        />
      ))}
    </Group>
  )
}

const CHOICES_MAX = 100

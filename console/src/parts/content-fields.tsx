import { Group, Radio, Select, Stack, Text } from '@mantine/core'
import type { NewExportTask } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../frame/session.ts'
import { ColumnsPicker } from './columns-picker.tsx'
import { licensesQuery } from './known-names.ts'
import { LinkTo } from './links.tsx'
import { NotLoaded } from './not-loaded.tsx'

/** What files hold and how they are written. */
export type Content = Required<
  Pick<NewExportTask, 'licenseKey' | 'type' | 'fileFormat' | 'compression' | 'layout'>
> & {
  /** Absent: all. */
  columns?: string[] | undefined
}

export const contentAtFirst: Omit<Content, 'licenseKey'> = {
  type: 'SESSIONS',
  fileFormat: 'CSV',
  compression: 'NONE',
  layout: 'FLAT',
}

const CHOICES_MAX = 100
const compressions = { CSV: ['NONE', 'GZIP', 'ZSTD'], PARQUET: ['ZSTD', 'SNAPPY'] } as const
const compressionWords = { NONE: 'None', GZIP: 'Gzip', ZSTD: 'Zstandard', SNAPPY: 'Snappy' }

export function ContentFields({
  content,
  onChange,
}: {
  content: Content
  onChange(change: Partial<Content>): void
}) {
  return (
    <Stack gap="md">
      <LicenseField
        value={content.licenseKey}
        onChange={(licenseKey) => onChange({ licenseKey })}
      />
      <Choice
        label="Samples"
        value={content.type}
        choices={{ SESSIONS: 'Sessions', ADS: 'Ads' }}
        onChange={(type) => onChange({ type, columns: undefined })}
      />
      <Choice
        label="Format"
        value={content.fileFormat}
        choices={{ CSV: 'CSV', PARQUET: 'Parquet' }}
        onChange={(fileFormat) =>
          onChange({ fileFormat, compression: compressions[fileFormat][0] })
        }
      />
      <Choice
        label="Compression"
        value={content.compression}
        choices={Object.fromEntries(
          compressions[content.fileFormat].map((each) => [each, compressionWords[each]]),
        )}
        onChange={(compression) => onChange({ compression })}
      />
      <Choice
        label="Folders"
        value={content.layout}
        choices={{ FLAT: 'All files in one', HIVE: 'dt=…/hour=…, as query engines partition' }}
        onChange={(layout) => onChange({ layout })}
      />
      <ColumnsPicker
        key={content.type}
        type={content.type}
        value={content.columns}
        onChange={(columns) => onChange({ columns })}
      />
    </Stack>
  )
}

/** In one line. */
export function formatOf({
  fileFormat,
  compression,
  layout,
}: Pick<Content, 'fileFormat' | 'compression' | 'layout'>): string {
  const packed = compression === 'NONE' ? 'not compressed' : compression
  const folders = layout === 'HIVE' ? 'in a folder for each hour' : 'in one folder'
  return `${fileFormat === 'CSV' ? 'CSV' : 'Parquet'}, ${packed}, ${folders}`
}

function LicenseField({ value, onChange }: { value: string; onChange(value: string): void }) {
  const acting = useOrganization()
  const query = useQuery(licensesQuery(acting))
  const { data: licenses = [] } = query
  return (
    <>
      <NotLoaded query={query} what="the licenses" />
      {query.data?.length === 0 && (
        <Text size="sm">
          There is no license yet, and so there are no samples.{' '}
          <LinkTo
            to="/organizations/$organizationId/licenses/new"
            params={{ organizationId: acting.organization.id }}
          >
            New license
          </LinkTo>
        </Text>
      )}
      <Select
        label="License"
        description="Whose samples: a license, or a virtual license of several."
        placeholder="Pick one"
        required
        searchable
        limit={CHOICES_MAX}
        value={value || null}
        onChange={(picked) => onChange(picked ?? '')}
        data={licenses.map(({ licenseKey, name, isVirtual }) => ({
          value: licenseKey,
          label: isVirtual ? `${name} (virtual)` : name,
        }))}
      />
    </>
  )
}

export function Choice<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string
  value: Value
  choices: Partial<Record<Value, string>>
  onChange(value: Value): void
}) {
  const names = Object.keys(choices) as Value[] // its keys are of that type
  return (
    <Radio.Group label={label} value={value} onChange={(picked) => onChange(picked as Value)}>
      <Group gap="lg" mt={6}>
        {names.map((name) => (
          <Radio key={name} value={name} label={choices[name]} />
        ))}
      </Group>
    </Radio.Group>
  )
}

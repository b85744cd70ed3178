import { Button, Group, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import type { License, S3RoleBasedOutput } from '@sluice/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { ButtonTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { placeOf } from '../../parts/output-name.ts'
import { licenseQueries } from '../licenses/license-queries.ts'
import { firstWindows } from './first-windows.ts'
import { LiveExport } from './live-export.tsx'

const FOLDER = 'first-export'

/** Files in the bucket, at last. */
export function ExportStep({ output }: { output: S3RoleBasedOutput }) {
  const from = '/signed-in/organizations/$organizationId/outputs/$outputId/set-up/$step'
  const { exportTaskId } = useSearch({ from })
  const acting = useOrganization()
  const licenses = useQuery(licenseQueries(acting).licenses)
  if (exportTaskId !== undefined) return <LiveExport id={exportTaskId} output={output} />
  return (
    <Card title="The first export">
      <Loaded query={licenses} what="the licenses">
        {(found) => {
          const [first] = found
          return first === undefined ? (
            <NoLicense organizationId={acting.organization.id} />
          ) : (
            <FirstExport output={output} licenses={found} first={first} />
          )
        }}
      </Loaded>
    </Card>
  )
}

function NoLicense({ organizationId }: { organizationId: string }) {
  return (
    <Empty
      title="There are no samples yet"
      action={
        <ButtonTo to="/organizations/$organizationId/licenses" params={{ organizationId }}>
          Make a license
        </ButtonTo>
      }
    >
      The output is ready. Samples belong to a license, whose key your players send; make one, and
      come back here.
    </Empty>
  )
}

function FirstExport({
  output,
  licenses,
  first,
}: {
  output: S3RoleBasedOutput
  licenses: License[]
  first: License
}) {
  const acting = useOrganization()
  const [licenseId, setLicenseId] = useState(first.id)
  const [choice, setChoice] = useState('newest')
  const [folder, setFolder] = useState(FOLDER)
  const license = licenses.find(({ id }) => id === licenseId) ?? first
  const windows = useQuery(firstWindows(acting, license.id))
  const start = useStart(output)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const window = windows.data?.find(({ key }) => key === choice) ?? windows.data?.[0]
    if (window) start.mutate({ ...window, licenseKey: license.licenseKey, outputPath: folder })
  }
  return (
    <form onSubmit={submit}>
      <Stack maw={560}>
        <Text size="sm">
          One file for each hour, and a manifest at last that lists them. Everything can be exported
          again later, as often as you like.
        </Text>
        <Select
          label="License"
          description="Whose samples"
          data={licenses.map(({ id, name }) => ({ value: id, label: name ?? id }))}
          value={license.id}
          onChange={(id) => setLicenseId(id ?? first.id)}
          allowDeselect={false}
        />
        <Loaded query={windows} what="the hours with samples">
          {(found) => (
            <Radio.Group label="Which hours" value={choice} onChange={setChoice}>
              <Stack gap="xs" mt="xs">
                {found.map(({ key, label }) => (
                  <Radio key={key} value={key} label={label} />
                ))}
              </Stack>
            </Radio.Group>
          )}
        </Loaded>
        <TextInput
          label="Folder"
          description={`Below ${placeOf(output)}`}
          value={folder}
          onChange={(event) => setFolder(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
        {start.error && <Failure error={start.error} />}
        <Group>
          <Button type="submit" loading={start.isPending} disabled={windows.data === undefined}>
            Export
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface Start {
  startTime: string
  endTime: string
  licenseKey: string
  outputPath: string
}

function useStart(output: S3RoleBasedOutput) {
  const { client } = useOrganization()
  const navigate = useNavigate({
    from: '/organizations/$organizationId/outputs/$outputId/set-up/$step',
  })
  return useMutation({
    mutationFn: ({ startTime, endTime, licenseKey, outputPath }: Start) =>
      client.exportTasks.create({
        name: 'First export',
        startTime,
        endTime,
        licenseKey,
        output: { outputId: output.id, outputPath },
      }),
    onSuccess: ({ id }) => navigate({ search: { exportTaskId: id } }),
  })
}

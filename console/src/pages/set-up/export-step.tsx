import { Button, Group, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import type { License, S3RoleBasedOutput, Verification } from '@sluice/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Instant } from '../../parts/instant.tsx'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { placeOf } from '../../parts/output-name.ts'
import { Status } from '../../parts/status.tsx'
import { currentVerdictOf } from '../../parts/verdict.ts'
import { licenseQueries } from '../licenses/license-queries.ts'
import { outputQueries } from '../output/output-queries.ts'
import { DAYS_BACK, firstWindows, licenseWithSamples } from './first-windows.ts'
import { LiveExport } from './live-export.tsx'

const FOLDER = 'first-export'

/** Files in the bucket, at last. */
export function ExportStep({ output }: { output: S3RoleBasedOutput }) {
  const from = '/signed-in/organizations/$organizationId/outputs/$outputId/set-up/$step'
  const { exportTaskId } = useSearch({ from })
  const acting = useOrganization()
  const licenses = useQuery(licenseQueries(acting).licenses)
  const { data: report } = useQuery(outputQueries(acting, output.id).verification)
  if (exportTaskId !== undefined) return <LiveExport id={exportTaskId} output={output} />
  return (
    <Card title="The first export">
      {report !== undefined && !isPassed(report) && <NotVerified output={output} />}
      <Loaded query={licenses} what="the licenses">
        {(found) => {
          const [first] = found
          return first === undefined ? (
            <NoLicense organizationId={acting.organization.id} />
          ) : (
            <WithLicense output={output} licenses={found} first={first} />
          )
        }}
      </Loaded>
    </Card>
  )
}

function isPassed(report: Verification | null): boolean {
  return report !== null && currentVerdictOf(report) === 'PASSED'
}

function NotVerified({ output }: { output: S3RoleBasedOutput }) {
  const { organization } = useOrganization()
  return (
    <Stack gap={4} maw={560}>
      <Status tone="doubt">The role is not verified</Status>
      <Text size="sm">
        An export tries it too, and ends in an error if something is wrong with it.{' '}
        <LinkTo
          underline="always"
          to="/organizations/$organizationId/outputs/$outputId/set-up/$step"
          params={{ organizationId: organization.id, outputId: output.id, step: 'verification' }}
        >
          Verify it first
        </LinkTo>
        .
      </Text>
    </Stack>
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

interface Given {
  output: S3RoleBasedOutput
  licenses: License[]
  first: License
}

/** Begins with a license that has something to export. */
function WithLicense({ output, licenses, first }: Given) {
  const acting = useOrganization()
  const ids = licenses.map(({ id }) => id)
  const found = useQuery(licenseWithSamples(acting, ids))
  return (
    <Loaded query={found} what="a license with samples">
      {(id) => (
        <Stack>
          {id === null && <NoSamples license={first} />}
          <FirstExport
            output={output}
            licenses={licenses}
            first={licenses.find((license) => license.id === id) ?? first}
          />
        </Stack>
      )}
    </Loaded>
  )
}

function NoSamples({ license }: { license: License }) {
  const { organization } = useOrganization()
  return (
    <Stack gap={4} maw={560} role="status">
      <Status tone="doubt">{`No license has samples of the last ${DAYS_BACK} days`}</Status>
      <Text size="sm">
        An export would put files without rows into your bucket, which shows that the way there
        works. For rows, send some first:{' '}
        <LinkTo
          underline="always"
          to="/organizations/$organizationId/licenses/$licenseId"
          params={{ organizationId: organization.id, licenseId: license.id }}
        >
          the page of the license
        </LinkTo>{' '}
        has the script for your player. Then come back to this address.
      </Text>
    </Stack>
  )
}

function FirstExport({ output, licenses, first }: Given) {
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
                {found.map(({ key, label: { before, at, after } }) => (
                  <Radio
                    key={key}
                    value={key}
                    label={
                      <>
                        {before}
                        {at && <Instant at={at} />}
                        {after}
                      </>
                    }
                  />
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

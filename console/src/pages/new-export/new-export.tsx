import { Button, Checkbox, Grid, Group, Paper, Stack, TextInput } from '@mantine/core'
import type { NewExportTask } from '@sluice/sdk'
import { useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { type Content, ContentFields, contentAtFirst } from '../../parts/content-fields.tsx'
import { Failure } from '../../parts/failure.tsx'
import { OutputFields } from '../../parts/output-fields.tsx'
import { Page } from '../../parts/page.tsx'
import { instantOf, quickWindows, type WindowText } from '../../parts/quick-windows.ts'
import { Estimate } from './estimate.tsx'
import { WindowFields } from './window-fields.tsx'

const exportsPath = '/organizations/$organizationId/exports'

/** One window of samples, to be put into a bucket now. */
export function NewExport() {
  const { client, organization } = useOrganization()
  const navigate = useNavigate()
  const form = useExportForm()
  const create = useMutation({
    mutationFn: (body: NewExportTask) => client.exportTasks.create(body),
    onSuccess: ({ id }) =>
      navigate({
        to: `${exportsPath}/$exportTaskId`,
        params: { organizationId: organization.id, exportTaskId: id },
      }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (form.body !== undefined) create.mutate(form.body)
  }
  return (
    <Page
      title="New export"
      crumbs={[{ name: 'Exports', href: exportsPath.replace('$organizationId', organization.id) }]}
    >
      <Grid gap="lg" component="form" onSubmit={submit}>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Paper>
            <Fields form={form} />
          </Paper>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md" pos="sticky" top={80}>
            <Estimate body={form.body} />
            {create.error && <Failure title="Not started" error={create.error} />}
            <Group>
              <Button type="submit" loading={create.isPending}>
                Start the export
              </Button>
            </Group>
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  )
}

type ExportForm = ReturnType<typeof useExportForm>

function useExportForm() {
  const given = useSearch({ from: `/signed-in${exportsPath}/new` })
  const [outputId, setOutputId] = useState(given.outputId ?? '')
  const [window, setWindow] = useState<WindowText>(() => quickWindows.Yesterday(new Date()))
  const [content, setContent] = useState<Content>({
    ...contentAtFirst,
    licenseKey: given.licenseKey ?? '',
  })
  const [typed, setTyped] = useState<{ name?: string; outputPath?: string }>({})
  const [overwrite, setOverwrite] = useState(false)
  // Until something else is typed, both say which window it is.
  const { name = nameOf(window), outputPath = `exports/${window.start.replaceAll(':', '-')}` } =
    typed
  const start = instantOf(window.start)
  const end = instantOf(window.end)
  const isWhole =
    outputId && content.licenseKey && name.trim() && start && end && content.columns?.length !== 0
  const body: NewExportTask | undefined = isWhole
    ? {
        ...withoutAbsent(content),
        name,
        startTime: start,
        endTime: end,
        output: { outputId, outputPath, overwrite },
      }
    : undefined
  return {
    name,
    outputPath,
    outputId,
    window,
    content,
    overwrite,
    body,
    setOutputId,
    setWindow,
    setTyped,
    setOverwrite,
    changeContent: (change: Partial<Content>) => setContent((was) => ({ ...was, ...change })),
  }
}

function nameOf({ start, end }: WindowText): string {
  return `${start.replace('T', ' ')} until ${end.replace('T', ' ')}`
}

function withoutAbsent({
  columns,
  ...content
}: Content): Omit<Content, 'columns'> & { columns?: string[] } {
  return columns === undefined ? content : { ...content, columns }
}

function Fields({ form }: { form: ExportForm }) {
  return (
    <Stack gap="lg">
      <OutputFields
        target={form}
        onChange={({ outputId, outputPath }) => {
          if (outputId !== undefined) form.setOutputId(outputId)
          if (outputPath !== undefined) form.setTyped((was) => ({ ...was, outputPath }))
        }}
      />
      <WindowFields value={form.window} onChange={form.setWindow} />
      <ContentFields content={form.content} onChange={form.changeContent} />
      <TextInput
        label="Name"
        required
        maxLength={255}
        value={form.name}
        onChange={({ currentTarget: { value } }) =>
          form.setTyped((was) => ({ ...was, name: value }))
        }
      />
      <Checkbox
        label="Overwrite"
        description="Replace objects that lie under the keys of this export."
        checked={form.overwrite}
        onChange={(event) => form.setOverwrite(event.currentTarget.checked)}
      />
    </Stack>
  )
}

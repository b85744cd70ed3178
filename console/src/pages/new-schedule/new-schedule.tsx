import { Button, Checkbox, Group, Paper, Stack, Textarea, TextInput } from '@mantine/core'
import type { NewExportSchedule } from '@sluice/sdk'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Choice, type Content, ContentFields, contentAtFirst } from '../../parts/content-fields.tsx'
import { Failure } from '../../parts/failure.tsx'
import { useNames } from '../../parts/known-names.ts'
import { OutputFields, type Target } from '../../parts/output-fields.tsx'
import { Page } from '../../parts/page.tsx'

const schedulesPath = '/organizations/$organizationId/schedules'

/** Every hour, or every day, from now on. */
export function NewSchedule() {
  const { client, organization } = useOrganization()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const form = useScheduleForm()
  const create = useMutation({
    mutationFn: (body: NewExportSchedule) => client.exportSchedules.create(body),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: [organization.id, 'schedules'] })
      await navigate({
        to: `${schedulesPath}/$scheduleId`,
        params: { organizationId: organization.id, scheduleId: id },
      })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate(form.body)
  }
  return (
    <Page
      title="New schedule"
      about="It begins with the current hour or day; a backfill adds earlier ones."
      crumbs={[
        { name: 'Schedules', href: schedulesPath.replace('$organizationId', organization.id) },
      ]}
    >
      <Paper component="form" onSubmit={submit} maw={720}>
        <Stack gap="lg">
          <Fields form={form} />
          {create.error && <Failure title="Not created" error={create.error} />}
          <Group>
            <Button type="submit" loading={create.isPending}>
              Create the schedule
            </Button>
          </Group>
        </Stack>
      </Paper>
    </Page>
  )
}

type ScheduleForm = ReturnType<typeof useScheduleForm>

function useScheduleForm() {
  const given = useSearch({ from: `/signed-in${schedulesPath}/new` })
  const [about, setAbout] = useState({ name: '', description: '' })
  const [frequency, setFrequency] = useState<NewExportSchedule['frequency']>('HOURLY')
  const [overwriteLatest, setOverwriteLatest] = useState(false)
  const [target, setTarget] = useState<Target>({
    outputId: given.outputId ?? '',
    outputPath: 'hourly',
  })
  const [content, setContent] = useState<Content>({
    ...contentAtFirst,
    licenseKey: given.licenseKey ?? '',
  })
  const { columns, ...rest } = content
  const { name, description } = about
  const body: NewExportSchedule = {
    ...rest,
    ...(columns !== undefined && { columns }),
    name,
    ...(description !== '' && { description }),
    frequency,
    output: { ...target, overwriteLatest },
  }
  return {
    body,
    about,
    target,
    content,
    setFrequency,
    setOverwriteLatest,
    changeAbout: (change: Partial<typeof about>) => setAbout((was) => ({ ...was, ...change })),
    changeTarget: (change: Partial<Target>) => setTarget((was) => ({ ...was, ...change })),
    changeContent: (change: Partial<Content>) => setContent((was) => ({ ...was, ...change })),
  }
}

function Fields({ form }: { form: ScheduleForm }) {
  const { frequencyOf } = useNames()
  const { licenseKey } = form.content
  return (
    <>
      <TextInput
        label="Name"
        required
        maxLength={200}
        value={form.about.name}
        onChange={(event) => form.changeAbout({ name: event.currentTarget.value })}
      />
      <Textarea
        label="Description"
        maxLength={2000}
        autosize
        value={form.about.description}
        onChange={(event) => form.changeAbout({ description: event.currentTarget.value })}
      />
      <Choice<NewExportSchedule['frequency']>
        label="An export for each"
        value={form.body.frequency}
        choices={{
          HOURLY: frequencyOf({ licenseKey, frequency: 'HOURLY' }),
          DAILY: frequencyOf({ licenseKey, frequency: 'DAILY' }),
        }}
        onChange={form.setFrequency}
      />
      <OutputFields target={form.target} onChange={form.changeTarget} />
      <ContentFields content={form.content} onChange={form.changeContent} />
      <Checkbox
        label="Keep latest.json"
        description="A small object that says up to which hour everything is there, overwritten each time. The bucket must allow that."
        checked={form.body.output.overwriteLatest ?? false}
        onChange={(event) => form.setOverwriteLatest(event.currentTarget.checked)}
      />
    </>
  )
}

import { Button, MultiSelect, Stack, TextInput } from '@mantine/core'
import type { License, VirtualLicense } from '@sluice/sdk'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Failure } from '../../parts/failure.tsx'
import { TimeZoneField } from './time-zone-field.tsx'

const LICENSES_MAX = 50

/** Its name, and which licenses it stands for. */
export function VirtualLicenseForm({
  virtual,
  licenses,
  action,
  save,
}: {
  virtual?: VirtualLicense
  licenses: License[]
  action: string
  save(entered: { name: string; timezone: string; licenses: { id: string }[] }): Promise<unknown>
}) {
  const [name, setName] = useState(virtual?.name ?? '')
  const [chosen, setChosen] = useState(virtual?.licenses.map(({ id }) => id) ?? [])
  const [timezone, setTimezone] = useState(virtual?.timezone ?? 'UTC')
  const [isTried, setTried] = useState(false)
  const saving = useMutation({ mutationFn: save })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (chosen.length === 0) return
    saving.mutate({ name, timezone, licenses: chosen.map((id) => ({ id })) })
  }
  return (
    <form onSubmit={submit}>
      <Stack maw={480}>
        <TextInput
          label="Name"
          required
          withAsterisk={false}
          maxLength={255}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <MultiSelect
          label="Licenses"
          description={`Up to ${LICENSES_MAX}; an export of the virtual license has the samples of all of them.`}
          data={licenses.map((license) => ({ value: license.id, label: license.name }))}
          maxValues={LICENSES_MAX}
          searchable
          value={chosen}
          onChange={setChosen}
          error={isTried && chosen.length === 0 && 'Choose at least one license.'}
        />
        <TimeZoneField value={timezone} onChange={setTimezone} />
        {saving.error && <Failure title="Not saved" error={saving.error} />}
        <Button type="submit" loading={saving.isPending} w="max-content">
          {action}
        </Button>
      </Stack>
    </form>
  )
}

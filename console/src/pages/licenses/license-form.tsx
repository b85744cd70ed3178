import { Button, Group, NumberInput, Stack, Switch, TextInput } from '@mantine/core'
import type { License, NewLicense } from '@sluice/sdk'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Failure } from '../../parts/failure.tsx'
import { daysOf } from './retention.ts'
import { TimeZoneField } from './time-zone-field.tsx'

const DAYS_DEFAULT = 395
const DAYS_MAX = 9999

type Entered = Required<Pick<NewLicense, 'name' | 'timeZone' | 'retentionTime' | 'ignoreDNT'>>

/** Of a new license, or of one that there is. */
export function LicenseForm({
  license,
  action,
  save,
}: {
  license?: License
  action: string
  save(entered: Entered): Promise<unknown>
}) {
  const [name, setName] = useState(license?.name ?? '')
  const [timeZone, setTimeZone] = useState(license?.timeZone ?? 'UTC')
  const [days, setDays] = useState(license ? daysOf(license.retentionTime) : DAYS_DEFAULT)
  const [ignoreDNT, setIgnoreDNT] = useState(license?.ignoreDNT ?? false)
  const saving = useMutation({ mutationFn: save })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    saving.mutate({ name, timeZone, retentionTime: `P${days}D`, ignoreDNT })
  }
  return (
    <form onSubmit={submit}>
      <Stack maw={480}>
        <TextInput
          label="Name"
          description="For you; viewers do not see it."
          required
          withAsterisk={false}
          maxLength={255}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NumberInput
          label="Samples are kept for, in days"
          description="Then they are deleted here. Files in your bucket stay. A change holds for samples that arrive from then on."
          required
          withAsterisk={false}
          min={1}
          max={DAYS_MAX}
          clampBehavior="strict"
          allowDecimal={false}
          allowNegative={false}
          value={days}
          onChange={(value) => setDays(Number(value))}
        />
        <TimeZoneField value={timeZone} onChange={setTimeZone} />
        <Switch
          label="Take samples of viewers who ask not to be tracked"
          description="Otherwise a player whose browser sends DNT: 1 is denied, and nothing is stored."
          checked={ignoreDNT}
          onChange={(event) => setIgnoreDNT(event.currentTarget.checked)}
        />
        {saving.error && <Failure title="Not saved" error={saving.error} />}
        <Group>
          <Button type="submit" loading={saving.isPending}>
            {action}
          </Button>
          {saving.isSuccess && <span role="status">Saved.</span>}
        </Group>
      </Stack>
    </form>
  )
}

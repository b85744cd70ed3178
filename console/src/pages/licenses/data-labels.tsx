import { Button, Code, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Rows } from '../../parts/rows.tsx'

const FIELDS = 100

type Labels = Record<string, string>

/** What the customer calls `customData1` to `customData100`. */
export function DataLabels({
  labels,
  save,
}: {
  labels: Labels
  save(labels: Labels): Promise<unknown>
}) {
  const numbers = Object.keys(labels)
    .map(numberOf)
    .sort((a, b) => a - b)
  const without = (field: string) =>
    Object.fromEntries(Object.entries(labels).filter(([name]) => name !== field))
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        A player may send up to {FIELDS} values of your own with each sample. Their columns are{' '}
        <Code>custom_data_1</Code> to <Code>custom_data_{FIELDS}</Code>; here stands what they mean.
      </Text>
      <Rows
        caption="Labels of custom data"
        head={['Column', 'Label', 'Action']}
        whole={['Column']}
        empty="No column has a label."
        rows={numbers.map((number) => {
          const field = `customData${number}`
          return {
            key: field,
            cells: [
              <Code key="column">custom_data_{number}</Code>,
              labels[field],
              <ConfirmButton
                key="remove"
                label="Remove"
                what={`the label of custom_data_${number}`}
                title={`Remove the label of custom_data_${number}?`}
                run={() => save(without(field))}
              >
                The column stays as it is, and so do its values.
              </ConfirmButton>,
            ],
          }
        })}
      />
      <SetLabel
        next={firstFree(numbers)}
        set={(number, label) => save({ ...labels, [`customData${number}`]: label })}
      />
    </Stack>
  )
}

function numberOf(field: string): number {
  return Number(field.replace('customData', ''))
}

function firstFree(taken: number[]): number {
  for (let number = 1; number <= FIELDS; number += 1) if (!taken.includes(number)) return number
  return 1
}

function SetLabel({
  next,
  set,
}: {
  next: number
  set(number: number, label: string): Promise<unknown>
}) {
  const [chosen, setChosen] = useState<number>()
  const [label, setLabel] = useState('')
  const number = chosen ?? next
  const setting = useMutation({
    mutationFn: () => set(number, label),
    onSuccess: () => {
      setLabel('')
      setChosen(undefined)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setting.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack maw={480}>
        <Group align="flex-end">
          <NumberInput
            label="Field"
            prefix="customData"
            min={1}
            max={FIELDS}
            clampBehavior="strict"
            allowDecimal={false}
            allowNegative={false}
            w={150}
            value={number}
            onChange={(value) => setChosen(Number(value) || undefined)}
          />
          <TextInput
            label="Label"
            placeholder="tier"
            required
            withAsterisk={false}
            maxLength={255}
            flex={1}
            miw={140}
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={setting.isPending}>
            Set
          </Button>
        </Group>
        {setting.error && <Failure title="Not saved" error={setting.error} />}
      </Stack>
    </form>
  )
}

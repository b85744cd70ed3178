import { Button, Group, Stack, TextInput, type TextInputProps } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Failure } from './failure.tsx'

/** One line to fill in and a button beside it; what was entered goes once it is saved. */
export function LineForm({
  action,
  failure,
  save,
  ...field
}: {
  /** Of the button: `Add`. */
  action: string
  /** The title of what is said when it could not be: `Not added`. */
  failure: string
  save(text: string): Promise<unknown>
} & Pick<TextInputProps, 'label' | 'description' | 'placeholder' | 'maxLength'>) {
  const [text, setText] = useState('')
  const saving = useMutation({ mutationFn: save, onSuccess: () => setText('') })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    saving.mutate(text)
  }
  return (
    <form onSubmit={submit}>
      <Stack maw={480}>
        <Group align="flex-end" wrap="nowrap">
          <TextInput
            {...field}
            required
            withAsterisk={false}
            flex={1}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={saving.isPending}>
            {action}
          </Button>
        </Group>
        {saving.error && <Failure title={failure} error={saving.error} />}
      </Stack>
    </form>
  )
}

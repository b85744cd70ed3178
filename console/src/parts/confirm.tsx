import { Button, type ButtonProps, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure } from './failure.tsx'

/** A button for what cannot be undone, or hurts: it says so, and asks once more. */
export function ConfirmButton({
  label,
  what,
  title,
  children,
  run,
  ...looks
}: {
  /** Of both buttons: `Revoke`. */
  label: string
  /** Tells the button from those of other rows: `the key “laptop”`. */
  what?: string
  /** The question: `Revoke the key “laptop”?` */
  title: string
  /** What it will mean. */
  children: ReactNode
  run(): Promise<unknown>
} & Pick<ButtonProps, 'size' | 'variant' | 'color'>) {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Button
        size="xs"
        variant="default"
        {...looks}
        onClick={open}
        {...(what !== undefined && { 'aria-label': `${label} ${what}` })}
      >
        {label}
      </Button>
      <ConfirmDialog label={label} title={title} run={run} isOpen={isOpen} close={close}>
        {children}
      </ConfirmDialog>
    </>
  )
}

/** What such a button asks, for a form that asks it once it is filled in. */
export function ConfirmDialog({
  label,
  title,
  children,
  run,
  isOpen,
  close,
}: {
  label: string
  title: string
  children: ReactNode
  run(): Promise<unknown>
  isOpen: boolean
  close(): void
}) {
  const action = useMutation({ mutationFn: run, onSuccess: close })
  const leave = () => {
    action.reset()
    close()
  }
  return (
    <Modal.Root opened={isOpen} onClose={leave}>
      <Modal.Overlay />
      <Modal.Content>
        {/* A header element outside of the page would be a second banner. */}
        <Modal.Header role="presentation">
          <Modal.Title lh={1.4}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </Modal.Header>
        <Modal.Body>
          <Stack>
            <Text size="sm">{children}</Text>
            {action.error && <Failure error={action.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={leave} data-autofocus>
                Leave it
              </Button>
              <Button color="red.9" loading={action.isPending} onClick={() => action.mutate()}>
                {label}
              </Button>
            </Group>
          </Stack>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

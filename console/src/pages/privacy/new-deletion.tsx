import { Button, Code, Group, Loader, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import { ConnectionError, type NewPrivacyDeletion, ServiceError } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { ConfirmDialog } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { licensesQuery } from '../../parts/known-names.ts'
import { LinkTo } from '../../parts/links.tsx'
import { NotLoaded } from '../../parts/not-loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { privacyQueries } from './privacy-queries.ts'
import { type SubjectKind, subjectKinds } from './subject-kinds.ts'

const own = '/organizations/$organizationId/privacy'
const kinds = Object.keys(subjectKinds) as SubjectKind[] // its keys are of that type
const ID_LENGTH_MAX = 4096
const REFERENCE_LENGTH_MAX = 255

interface Entered {
  kind: SubjectKind
  id: string
  /** Empty: all. */
  licenseKey: string
  reference: string
}

const atFirst: Entered = { kind: 'USER_ID', id: '', licenseKey: '', reference: '' }

/** Whose data goes, asked once more before it does. */
export function NewDeletion() {
  const { organization } = useOrganization()
  const [entered, setEntered] = useState(atFirst)
  const [isAsking, setAsking] = useState(false)
  const { start, watch } = useDeletion()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsking(true)
  }
  return (
    <Page
      title="Delete a person’s data"
      crumbs={[{ name: 'Privacy', href: own.replace('$organizationId', organization.id) }]}
      about="Samples, ad samples and error details, in hours that are still open too. It cannot be undone. Stop their player first: what it sends afterwards is stored anew."
    >
      <Card title="Whose data?">
        {start.error && <NotFinished error={start.error} />}
        {start.isPending ? (
          <AtWork />
        ) : (
          <form onSubmit={submit}>
            <Fields
              entered={entered}
              onChange={(change) => setEntered((was) => ({ ...was, ...change }))}
            />
          </form>
        )}
        <ConfirmDialog
          isOpen={isAsking}
          close={() => setAsking(false)}
          label="Delete for good"
          title="Delete all that is kept of this person?"
          run={async () => watch(bodyOf(entered))}
        >
          <Text span size="sm">
            What goes is {subjectKinds[entered.kind].goes}:{' '}
            <Code style={{ overflowWrap: 'anywhere' }}>{entered.id}</Code>. It cannot be undone.
            Files that were exported stay in your bucket; the record lists them.
          </Text>
        </ConfirmDialog>
      </Card>
    </Page>
  )
}

function bodyOf({ kind, id, licenseKey, reference }: Entered): NewPrivacyDeletion {
  return {
    [subjectKinds[kind].member]: id,
    ...(licenseKey !== '' && { licenseKey }),
    ...(reference !== '' && { reference }),
  }
}

function useDeletion() {
  const acting = useOrganization()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const start = useMutation({
    mutationFn: (body: NewPrivacyDeletion) => acting.client.privacyDeletions.create(body),
    onSettled: () => queries.invalidateQueries({ queryKey: privacyQueries(acting).everything }),
  })
  const params = { organizationId: acting.organization.id }
  return {
    start,
    /** Ends on its record, unless one has gone elsewhere meanwhile. */
    watch: (body: NewPrivacyDeletion) =>
      start.mutate(body, {
        onSuccess: ({ id: deletionId }) =>
          navigate({ to: `${own}/$deletionId`, params: { ...params, deletionId } }),
      }),
  }
}

function Fields({
  entered,
  onChange,
}: {
  entered: Entered
  onChange(change: Partial<Entered>): void
}) {
  const query = useQuery(licensesQuery(useOrganization()))
  const { data: licenses = [] } = query
  return (
    <Stack maw={560}>
      <NotLoaded query={query} what="the licenses" />
      <Radio.Group
        label="What is to be deleted"
        value={entered.kind}
        onChange={(kind) => onChange({ kind: kind as SubjectKind })}
      >
        <Stack gap="xs" mt={6}>
          {kinds.map((kind) => (
            <Radio key={kind} value={kind} label={subjectKinds[kind].name} />
          ))}
        </Stack>
      </Radio.Group>
      <TextInput
        label={`The ${subjectKinds[entered.kind].column}`}
        description="As it stands in the column of that name: letters of either case and spaces count."
        required
        maxLength={ID_LENGTH_MAX}
        autoComplete="off"
        spellCheck={false}
        value={entered.id}
        onChange={(event) => onChange({ id: event.currentTarget.value })}
      />
      <Select
        label="License"
        description="Whose samples are searched: a license, or a virtual license of several."
        searchable
        allowDeselect={false}
        value={entered.licenseKey}
        onChange={(licenseKey) => onChange({ licenseKey: licenseKey ?? '' })}
        data={[
          { value: '', label: 'All licenses' },
          ...licenses.map(({ licenseKey, name, isVirtual }) => ({
            value: licenseKey,
            label: isVirtual ? `${name} (virtual)` : name,
          })),
        ]}
      />
      <TextInput
        label="Reference"
        description="Your own, such as the number of the request. It stays in the record, so write nothing there that says who it is."
        maxLength={REFERENCE_LENGTH_MAX}
        autoComplete="off"
        value={entered.reference}
        onChange={(event) => onChange({ reference: event.currentTarget.value })}
      />
      <Group>
        <Button type="submit" color="red.9">
          Delete…
        </Button>
      </Group>
    </Stack>
  )
}

function ListLink() {
  const { organization } = useOrganization()
  return (
    <LinkTo underline="always" to={own} params={{ organizationId: organization.id }}>
      the list of deletions
    </LinkTo>
  )
}

function AtWork() {
  return (
    <Group role="status" wrap="nowrap" align="flex-start">
      <Loader size={18} aria-hidden />
      <Text size="sm">
        The deletion is at work, which may take minutes. It goes on by itself when you leave; its
        record is in <ListLink />.
      </Text>
    </Group>
  )
}

function NotFinished({ error }: { error: Error }) {
  const mayGoOn = error instanceof ConnectionError || error instanceof ServiceError
  return (
    <>
      <Failure title={mayGoOn ? 'Not known to be finished' : 'Not deleted'} error={error} />
      {mayGoOn && (
        <Text size="sm">
          If it has begun, it goes on by itself and is in <ListLink />. Asking for it again is safe.
        </Text>
      )}
    </>
  )
}

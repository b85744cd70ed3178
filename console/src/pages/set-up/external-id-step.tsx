import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Navigate, useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Failure } from '../../parts/failure.tsx'
import { ButtonTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { AboutExternalId } from '../output/about-external-id.tsx'
import type { NewOutputSearch } from './set-up-search.ts'

interface Given {
  given: NewOutputSearch
}

/** The id, and what the role will be called. Ends with the output. */
export function ExternalIdStep({ given }: Given) {
  const { client, organization } = useOrganization()
  const { externalId, externalIdMode } = given
  const principal = useQuery({
    queryKey: [organization.id, 'principal'],
    queryFn: () => client.getPrincipal(),
  })
  const roleName = (
    <Loaded query={principal} what="Sluice’s own identity">
      {({ partition }) => <RoleName given={given} partition={partition} />}
    </Loaded>
  )
  if (externalId === undefined)
    return (
      <Stack gap="lg">
        <Card title="The external id of your organization">
          <Text size="sm">
            It is part of everything that the next step gives you, and the same for each of your
            outputs that says so.
          </Text>
          <AboutExternalId />
        </Card>
        {roleName}
      </Stack>
    )
  const shown = (
    <Stack gap="lg">
      <Card title="This is your external id">
        <CodeBlock text={externalId} what="the external id" title="External id" />
        <AboutExternalId />
        <Text size="sm">
          You need not keep it: it is part of everything that the next step gives you.
        </Text>
      </Card>
      {roleName}
    </Stack>
  )
  if (externalIdMode === 'CUSTOM') return shown
  return <HandedOut externalId={externalId}>{shown}</HandedOut>
}

/** An id that an output has taken leads to that output. */
function HandedOut({ externalId, children }: { externalId: string; children: ReactNode }) {
  const { client, organization } = useOrganization()
  const handedOut = useQuery({
    queryKey: [organization.id, 'external-id', externalId],
    queryFn: () => client.externalIds.get(externalId),
  })
  return (
    <Loaded query={handedOut} what="the external id">
      {({ outputId }) =>
        outputId === undefined ? (
          children
        ) : (
          <Navigate
            to="/organizations/$organizationId/outputs/$outputId/set-up/$step"
            params={{ organizationId: organization.id, outputId, step: 'role' }}
            replace
          />
        )
      }
    </Loaded>
  )
}

const ROLE_NAME_LENGTH_MAX = 64

function RoleName({ given, partition }: Given & { partition: string }) {
  const { organization } = useOrganization()
  const [accountId, setAccountId] = useState('')
  const [roleName, setRoleName] = useState(
    `sluice-${given.bucketName ?? 'export'}`.slice(0, ROLE_NAME_LENGTH_MAX),
  )
  const roleArn = `arn:${partition}:iam::${accountId || '…'}:role/${roleName}`
  const create = useCreateOutput()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ given, roleArn })
  }
  return (
    <Card title="What shall the role be called?">
      <form onSubmit={submit}>
        <Stack maw={560}>
          <TextInput
            label="Your AWS account id"
            description="12 digits. In the AWS console it stands at the top right, below your name."
            value={accountId}
            onChange={(event) => setAccountId(event.currentTarget.value.replaceAll(/[\s-]/g, ''))}
            pattern="\d{12}"
            title="12 digits"
            inputMode="numeric"
            required
            autoComplete="off"
          />
          <TextInput
            label="Name of the role"
            description="It need not exist: the next step makes it."
            value={roleName}
            onChange={(event) => setRoleName(event.currentTarget.value)}
            pattern="[\w+=,.@\-]+"
            title="Letters, digits and any of _+=,.@-"
            maxLength={ROLE_NAME_LENGTH_MAX}
            required
            autoComplete="off"
            spellCheck={false}
          />
          <Text size="sm" c="dimmed">
            AWS will know it as <Code>{roleArn}</Code>
          </Text>
          {create.error && <Failure error={create.error} />}
          <Group>
            <Button type="submit" loading={create.isPending}>
              Continue
            </Button>
            <ButtonTo
              to="/organizations/$organizationId/outputs/new"
              params={{ organizationId: organization.id }}
              search={{ ...given, step: 'bucket' }}
              variant="default"
            >
              Back
            </ButtonTo>
          </Group>
        </Stack>
      </form>
    </Card>
  )
}

function useCreateOutput() {
  const { client, organization } = useOrganization()
  const navigate = useNavigate()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ given, roleArn }: Given & { roleArn: string }) => {
      const { step: _, bucketName = '', ...members } = given
      const externalIdMode = given.externalIdMode ?? ('GENERATED' as const)
      const body = { ...members, bucketName, roleArn, externalIdMode }
      return client.outputs.s3RoleBased.create(body)
    },
    onSuccess: async ({ id }) => {
      const params = { organizationId: organization.id, outputId: id, step: 'role' }
      await navigate({
        to: '/organizations/$organizationId/outputs/$outputId/set-up/$step',
        params,
      })
      await queries.invalidateQueries({ queryKey: [organization.id] })
    },
  })
}

import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Navigate, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
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
  externalId: string
}

/** The id that was handed out, and what the role will be called. Ends with the output. */
export function ExternalIdStep({ given, externalId }: Given) {
  const { client, organization } = useOrganization()
  const handedOut = useQuery({
    queryKey: [organization.id, 'external-id', externalId],
    queryFn: () => client.externalIds.get(externalId),
  })
  const principal = useQuery({
    queryKey: [organization.id, 'principal'],
    queryFn: () => client.getPrincipal(),
  })
  return (
    <Loaded query={handedOut} what="the external id">
      {({ outputId }) =>
        outputId === undefined ? (
          <Stack gap="lg">
            <Card title="This is your external id">
              <CodeBlock text={externalId} what="the external id" title="External id" />
              <AboutExternalId />
              <Text size="sm">
                You need not keep it: it is part of everything that the next step gives you.
              </Text>
            </Card>
            <Loaded query={principal} what="Sluice’s own identity">
              {({ partition }) => (
                <RoleName given={given} externalId={externalId} partition={partition} />
              )}
            </Loaded>
          </Stack>
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

function RoleName({ given, externalId, partition }: Given & { partition: string }) {
  const { organization } = useOrganization()
  const [accountId, setAccountId] = useState('')
  const [roleName, setRoleName] = useState(
    `sluice-${given.bucketName ?? 'export'}`.slice(0, ROLE_NAME_LENGTH_MAX),
  )
  const roleArn = `arn:${partition}:iam::${accountId || '…'}:role/${roleName}`
  const create = useCreateOutput()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ given, externalId, roleArn })
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
    mutationFn: ({ given, externalId, roleArn }: Given & { roleArn: string }) => {
      const { step: _, bucketName = '', ...members } = given
      const externalIdMode = 'GENERATED' as const
      const body = { ...members, bucketName, roleArn, externalId, externalIdMode }
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

import { Button, Group, Stack, Text, Title } from '@mantine/core'
import type { ExternalIdRotation, S3RoleBasedOutput } from '@sluice/sdk'
import type { ReactNode } from 'react'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { FactsList } from '../../parts/facts-list.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { AboutExternalId } from './about-external-id.tsx'
import { OutputPage } from './output-page.tsx'
import { guides, isUnderWay } from './rotation-words.ts'
import { TrustPolicies } from './trust-policies.tsx'
import { useRotation } from './use-rotation.ts'

export function OutputExternalId() {
  return (
    <OutputPage part="/external-id">
      {(output) => (
        <>
          <Card title="The external id">
            <CodeBlock text={output.externalId} what="the external id" title="Present" />
            <AboutExternalId />
            {output.externalIdMode === 'GLOBAL' && (
              <Text size="sm">
                It is the one of the organization: all outputs with the mode GLOBAL share it, and it
                rotates for all of them together.
              </Text>
            )}
          </Card>
          <Rotation output={output} />
        </>
      )}
    </OutputPage>
  )
}

function Rotation({ output }: { output: S3RoleBasedOutput }) {
  const { rotation, setups, move } = useRotation(output)
  const begin = (
    <Group>
      <Button loading={move.isPending} onClick={() => move.mutate('start')}>
        Start a rotation
      </Button>
    </Group>
  )
  return (
    <Card title="Rotation">
      <Text size="sm" maw={720}>
        Changes the external id without a gap: exports go on at each step. You save the trust policy
        of the role twice; Sluice proves each time that AWS has heard of it.
      </Text>
      <Loaded query={rotation} what="the rotation">
        {(found) => (
          <Stack>
            {found && (
              <Guided
                rotation={found}
                policies={
                  <Loaded query={setups} what="the trust policy">
                    {(found) => <TrustPolicies setups={found} />}
                  </Loaded>
                }
                move={move}
              />
            )}
            {move.error && <Failure error={move.error} />}
            {(found === null || !isUnderWay(found)) && (
              <>
                {found === null && <Title order={3}>1. Issue the next id</Title>}
                {begin}
              </>
            )}
          </Stack>
        )}
      </Loaded>
    </Card>
  )
}

function Guided({
  rotation,
  policies,
  move,
}: {
  rotation: ExternalIdRotation
  policies: ReactNode
  move: ReturnType<typeof useRotation>['move']
}) {
  const { title, text, next, canCancel } = guides[rotation.step]
  return (
    <Stack role="group" aria-label="The rotation">
      <Title order={3}>{title}</Title>
      <Text size="sm" maw={720}>
        {text}
      </Text>
      <FactsList
        facts={{
          'Old id': rotation.oldExternalId,
          'Next id': rotation.nextExternalId,
          Started: <Instant at={rotation.startedAt} />,
          Promoted: rotation.promotedAt && <Instant at={rotation.promotedAt} />,
          Ended: rotation.endedAt && <Instant at={rotation.endedAt} />,
        }}
      />
      {next && policies}
      {next && (
        <Text size="sm" maw={720}>
          {next.text}
        </Text>
      )}
      {next && (
        <Group>
          <Button loading={move.isPending} onClick={() => move.mutate(next.move)}>
            {next.label}
          </Button>
          {canCancel && (
            <ConfirmButton
              label="Cancel the rotation"
              title="Cancel the rotation?"
              size="sm"
              run={() => move.mutateAsync('cancel')}
            >
              {rotation.step === 'PROMOTED'
                ? 'The old id becomes the present one again. Let the trust policy demand the old id before you do this, or exports fail after it.'
                : 'The next id is retired, and never returns. The present one stays.'}
            </ConfirmButton>
          )}
        </Group>
      )}
    </Stack>
  )
}

import { Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import type { S3RoleBasedOutput, Verification } from '@sluice/sdk'
import { type ReactNode, useState } from 'react'
import { Card } from '../../parts/card.tsx'
import { Disclosure } from '../../parts/disclosure.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { currentVerdictOf } from '../../parts/verdict.ts'
import { VerdictStatus } from '../../parts/verdict-status.tsx'
import { endingOf } from './ending-of.ts'
import { useVerification } from './use-verification.ts'
import { VerificationSteps } from './verification-steps.tsx'

/** Verifies, shows each step as it ends, and keeps showing the last report. */
export function VerificationReport({
  output,
  children,
}: {
  output: S3RoleBasedOutput
  /** What comes after a report; it is told. */
  children?: (report: Verification) => ReactNode
}) {
  const { report, verify, isRunning, isBrokenOff, endedSteps, waitsFor } = useVerification(
    output.id,
  )
  const [wholeObject, setWholeObject] = useState(false)
  const start = (
    <Button
      loading={isRunning}
      variant={report.data ? 'default' : 'filled'}
      onClick={() => verify.mutate({ wholeObject })}
    >
      {report.data ? 'Verify again' : 'Verify'}
    </Button>
  )
  return (
    <Card title="Verification" actions={report.data || isRunning ? start : undefined}>
      {verify.error && <Failure title="It could not be verified" error={verify.error} />}
      {isBrokenOff && <Text size="sm">The last verification was broken off. Start it again.</Text>}
      {isRunning ? (
        <VerificationSteps steps={endedSteps} isRunning waitsFor={waitsFor} outputId={output.id} />
      ) : (
        <Loaded query={report} what="the report">
          {(found) =>
            found === null ? (
              <Empty title="Not verified yet" action={start}>
                Sluice does everything that an export does, and tries to get in with wrong ids. It
                takes some seconds, and leaves nothing in your bucket.
              </Empty>
            ) : (
              <Stack>
                <Verdict report={found} output={output} />
                <VerificationSteps steps={found.steps} isRunning={false} outputId={output.id} />
                {children?.(found)}
              </Stack>
            )
          }
        </Loaded>
      )}
      <Disclosure summary="Advanced">
        <Checkbox
          label="Put a small object too"
          description="If the bucket has rules that hold for whole objects alone. It is deleted again where the role may; otherwise it stays, and the report names it."
          checked={wholeObject}
          onChange={(event) => setWholeObject(event.currentTarget.checked)}
        />
      </Disclosure>
    </Card>
  )
}

function Verdict({ report, output }: { report: Verification; output: S3RoleBasedOutput }) {
  const { role } = report
  return (
    <Stack gap={4} role="status">
      <Group gap="xs">
        <VerdictStatus verification={report} />
        <Text size="sm" c="dimmed">
          report of <Instant at={report.createdAt} to="second" />
        </Text>
      </Group>
      <Text size="sm">{endingOf(report, output)}</Text>
      {role && (
        <Text size="sm" c="dimmed">
          The role was last probed <Instant at={role.probedAt} />, and will be again{' '}
          <Instant at={role.nextProbeAt} />.
        </Text>
      )}
      {currentVerdictOf(report) !== report.verdict && role?.message !== undefined && (
        <Failure title="What the last probe has found" error={{ ...role, message: role.message }} />
      )}
    </Stack>
  )
}

import { Code, Stack } from '@mantine/core'
import type { FailingOutput } from '@sluice/sdk'
import { Instant } from '../../parts/instant.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { Rows } from '../../parts/rows.tsx'

/** Through which nothing arrives as it should, and why. */
export function FailingOutputs({ outputs }: { outputs: FailingOutput[] }) {
  return (
    <Rows
      caption="Failing outputs"
      head={['Organization', 'Output', 'Bucket', 'What is wrong']}
      empty="None: every role holds, and the last export through each output has finished."
      rows={outputs.map((output) => ({
        key: output.outputId,
        cells: [
          output.organizationName,
          <LinkTo
            key="output"
            to={`/organizations/${output.organizationId}/outputs/${output.outputId}`}
          >
            {output.name ?? output.outputId}
          </LinkTo>,
          <Code key="bucket">{output.bucketName}</Code>,
          <Wrongs key="wrong" output={output} />,
        ],
      }))}
    />
  )
}

function Wrongs({
  output: { role, exportTask, lateSince, organizationId },
}: {
  output: FailingOutput
}) {
  return (
    <Stack gap={4}>
      {role && (
        <span>
          The role: <Code>{role.code}</Code> since <Instant at={role.since} />
        </span>
      )}
      {exportTask && (
        <span>
          <LinkTo
            to={`/organizations/${organizationId}/exports/${exportTask.id}`}
            underline="always"
          >
            The last export
          </LinkTo>
          : <Code>{exportTask.code}</Code> at <Instant at={exportTask.endedAt} />
        </span>
      )}
      {lateSince !== undefined && (
        <span>
          A schedule is late since <Instant at={lateSince} />
        </span>
      )}
    </Stack>
  )
}

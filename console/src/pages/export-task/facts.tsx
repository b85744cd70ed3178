import { Code } from '@mantine/core'
import type { ExportFile, ExportTask } from '@sluice/sdk'
import { writeBytes, writeCount } from '../../parts/amounts.ts'
import { Card } from '../../parts/card.tsx'
import { formatOf } from '../../parts/content-fields.tsx'
import { FactsList } from '../../parts/facts-list.tsx'
import { Instant } from '../../parts/instant.tsx'
import { useNames } from '../../parts/known-names.ts'
import { WindowOf } from '../../parts/window-of.tsx'

/** What was asked for. */
export function Facts({ task, files }: { task: ExportTask; files: ExportFile[] }) {
  const { outputOf, licenseOf } = useNames()
  const delivered = files.filter(({ status }) => status === 'DELIVERED')
  const sum = (of: 'rows' | 'bytes') =>
    delivered.reduce((total, file) => total + (file[of] ?? 0), 0)
  return (
    <Card title="What was asked for">
      <FactsList
        facts={{
          Window: <WindowOf {...task} />,
          Output: outputOf(task.output.outputId),
          Path: <Code>{task.output.outputPath}</Code>,
          License: licenseOf(task.licenseKey),
          Samples: task.type === 'ADS' ? 'Ads' : 'Sessions',
          Format: formatOf(task),
          Columns: <Columns names={task.columns} />,
          Created: <Instant at={task.createdAt} to="second" />,
          Started: task.startedAt && <Instant at={task.startedAt} to="second" />,
          Ended: task.finishedAt && <Instant at={task.finishedAt} to="second" />,
          'In the bucket': `${writeCount(sum('rows'), 'row')}, ${writeBytes(sum('bytes'))}`,
        }}
      />
    </Card>
  )
}

function Columns({ names }: { names: string[] }) {
  return (
    <details>
      <summary>{writeCount(names.length, 'column')}</summary>
      {names.join(', ')}
    </details>
  )
}

import { Code, Text } from '@mantine/core'
import type { ExportFile, ExportTask } from '@sluice/sdk'
import { writeBytes, writeCount } from '../../parts/amounts.ts'
import { Card } from '../../parts/card.tsx'
import { Copy } from '../../parts/copy.tsx'
import { FactsList } from '../../parts/facts-list.tsx'
import { Instant } from '../../parts/instant.tsx'
import { WindowOf } from '../../parts/window-of.tsx'

/** What the manifest says, by our own record: the bucket is never read. */
export function Manifest({
  task,
  manifest,
  files,
}: {
  task: ExportTask
  manifest: ExportFile | undefined
  files: ExportFile[]
}) {
  if (manifest?.status !== 'DELIVERED')
    return (
      <Card title="Manifest">
        <Text size="sm" c="dimmed">
          Not in the bucket yet. It is put there last, when every file has arrived: without it an
          export is not whole.
        </Text>
      </Card>
    )
  const hours = files.filter(({ startTime }) => startTime !== undefined)
  const sum = (of: 'rows' | 'bytes') => hours.reduce((total, file) => total + (file[of] ?? 0), 0)
  return (
    <Card
      title="Manifest"
      actions={<Copy text={manifest.objectKey} what="the manifest’s object key" />}
    >
      <Text size="sm" c="dimmed">
        The last object of the export. It lists every file with its rows and checksums, so that a
        reader can tell a whole export from a broken one. This is what Sluice wrote into it.
      </Text>
      <FactsList
        facts={{
          'Object key': <Code>{manifest.objectKey}</Code>,
          Window: <WindowOf {...task} />,
          'License keys': <Code>{task.licenseKeys.join(', ')}</Code>,
          Columns: writeCount(task.columns.length, 'column'),
          Files: writeCount(hours.length, 'file'),
          Rows: writeCount(sum('rows'), 'row'),
          Size: writeBytes(sum('bytes')),
          'Its own size': manifest.bytes === undefined ? undefined : writeBytes(manifest.bytes),
          'Its own SHA-256': manifest.sha256 && <Code>{manifest.sha256}</Code>,
          Delivered: manifest.deliveredAt && <Instant at={manifest.deliveredAt} to="second" />,
        }}
      />
    </Card>
  )
}

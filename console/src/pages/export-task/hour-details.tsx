import { Code, Text } from '@mantine/core'
import type { ExportFile } from '@sluice/sdk'
import { writeBytes, writeCount } from '../../parts/amounts.ts'
import { FactsList } from '../../parts/facts-list.tsx'
import { Instant } from '../../parts/instant.tsx'
import { WindowOf } from '../../parts/window-of.tsx'
import { type FileState, wordOf } from './judge-file.ts'

/** All that is known of the hour that was picked. */
export function HourDetails({
  hour,
}: {
  hour: { file: ExportFile; state: FileState } | undefined
}) {
  if (hour === undefined)
    return (
      <Text size="sm" c="dimmed">
        Pick an hour to see its file.
      </Text>
    )
  const { file, state } = hour
  return (
    <FactsList
      facts={{
        Hour: <WindowOf startTime={file.startTime ?? ''} endTime={file.endTime ?? ''} />,
        State: wordOf(state),
        'Object key': <Code>{file.objectKey}</Code>,
        Rows: file.rows === undefined ? undefined : writeCount(file.rows, 'row'),
        Size: file.bytes === undefined ? undefined : writeBytes(file.bytes),
        'SHA-256': file.sha256 && <Code>{file.sha256}</Code>,
        MD5: file.md5 && <Code>{file.md5}</Code>,
        Delivered: file.deliveredAt && <Instant at={file.deliveredAt} to="second" />,
        Attempts: file.attempts,
        'Last error': file.lastError && `${file.lastError.message} (${file.lastError.code})`,
      }}
    />
  )
}

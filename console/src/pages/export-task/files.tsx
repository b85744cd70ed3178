import { Code, Group } from '@mantine/core'
import type { ExportFile, ExportTask } from '@sluice/sdk'
import { useState } from 'react'
import { writeBytes, writeCount } from '../../parts/amounts.ts'
import { Card } from '../../parts/card.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Rows } from '../../parts/rows.tsx'
import { judgeFile, wordOf } from './judge-file.ts'

/** A day and its manifest. */
const FILES_SHOWN = 25

/** What is in the bucket, or will be, with what it takes to check it there. */
export function Files({ task, files }: { task: ExportTask; files: ExportFile[] }) {
  const [page, setPage] = useState(1)
  return (
    <Card title="Files" actions={writeCount(files.length, 'file')}>
      <Rows
        caption="Files"
        head={['Object key', 'State', 'Rows', 'Size', 'SHA-256']}
        whole={['State', 'Rows', 'Size', 'SHA-256']}
        empty="None is planned."
        rows={files.slice((page - 1) * FILES_SHOWN, page * FILES_SHOWN).map((file) => ({
          key: file.objectKey,
          cells: [
            <Code key="key">{file.objectKey}</Code>,
            wordOf(judgeFile(file, task)),
            file.rows?.toLocaleString('en'),
            file.bytes === undefined ? undefined : writeBytes(file.bytes),
            file.sha256 && <Checksum key="sha256" sha256={file.sha256} of={file.objectKey} />,
          ],
        }))}
      />
      <Pager
        page={page}
        size={FILES_SHOWN}
        totalCount={files.length}
        what="the files"
        onChange={setPage}
      />
    </Card>
  )
}

const DIGITS_SHOWN = 12

function Checksum({ sha256, of }: { sha256: string; of: string }) {
  return (
    <Group gap={4} wrap="nowrap" my={-5}>
      <Code>{sha256.slice(0, DIGITS_SHOWN)}…</Code>
      <Copy text={sha256} what={`the SHA-256 of ${of}`} />
    </Group>
  )
}

import { Button, Group, Text } from '@mantine/core'
import type { OutputReport, S3RoleBasedOutput } from '@sluice/sdk'
import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { saveFile } from '../../parts/download.tsx'
import { Failure } from '../../parts/failure.tsx'

type Format = OutputReport['documents'][number]['format']
const formats: Record<Format, string> = { html: 'HTML', markdown: 'Markdown', json: 'JSON' }

/** For whoever has to say yes to all this, and was not there. */
export function ReviewersReport({ output }: { output: S3RoleBasedOutput }) {
  const { client } = useOrganization()
  const save = useMutation({
    mutationFn: async (format: Format) => {
      const { documents } = await client.outputs.s3RoleBased.getReport(output.id)
      const found = documents.find((document) => document.format === format)
      if (found) saveFile(found)
    },
  })
  return (
    <Card title="Report for a security reviewer">
      <Text size="sm" maw={720}>
        Who gets into your account by this role, how that was proved, every use of the last 30 days,
        and the commands that end it.
      </Text>
      <Group>
        {(Object.keys(formats) as Format[]).map((format) => (
          <Button
            key={format}
            variant="default"
            size="xs"
            leftSection={<Download size={14} aria-hidden />}
            loading={save.isPending && save.variables === format}
            onClick={() => save.mutate(format)}
          >
            {formats[format]}
          </Button>
        ))}
      </Group>
      {save.error && <Failure error={save.error} />}
    </Card>
  )
}

import { Button } from '@mantine/core'
import { Download as DownloadIcon } from 'lucide-react'

/** Browsers begin to read some time after the click. */
const KEPT_MS = 60_000

interface File {
  fileName: string
  contentType: string
  text: string
}

/** Keeps a text as a file of its own. */
export function Download({ file }: { file: File }) {
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<DownloadIcon size={14} aria-hidden />}
      onClick={() => saveFile(file)}
    >
      Download {file.fileName}
    </Button>
  )
}

export function saveFile({ fileName, contentType, text }: File): void {
  const href = URL.createObjectURL(new Blob([text], { type: contentType }))
  const link = Object.assign(document.createElement('a'), { href, download: fileName })
  link.click()
  setTimeout(() => URL.revokeObjectURL(href), KEPT_MS)
}

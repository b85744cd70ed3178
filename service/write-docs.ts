import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDocuments } from './documents.ts'

for (const [path, text] of Object.entries(await writeDocuments()))
  await writeFile(join(import.meta.dirname, '../docs', path), text)

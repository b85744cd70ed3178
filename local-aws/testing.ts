import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type LocalAws, startLocalAws } from './local-aws.ts'

export const REGION = 'eu-central-1'

/** A temporary directory that goes with the test. */
export async function makeDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'local-aws-'))
  test.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A local AWS of its own that ends with the test. */
export async function startAws(
  test: TestContext,
  options: { dataDirectory?: string; clock?: () => Date } = {},
): Promise<LocalAws> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'local-aws-')))
  const aws = await startLocalAws({ ...options, dataDirectory })
  test.after(async () => {
    await aws.close()
    await rm(dataDirectory, { recursive: true, force: true })
  })
  return aws
}

/** What every client of the SDK needs. Tries nothing twice: a test wants the first answer. */
export function clientOptions(
  aws: LocalAws,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  return {
    endpoint: aws.endpointUrl,
    region: REGION,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
  }
}

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { IAMClient } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'
import { type LocalAws, startLocalAws } from './local-aws.ts'

export interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  /** How far the client's clock is ahead. */
  clockOffsetMs?: number
}

/** A temporary directory that goes with the test. */
export async function makeDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'local-aws-'))
  test.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A local AWS of its own, which ends with the test and takes its directory along. */
export async function startAws(
  test: TestContext,
  options: { dataDirectory?: string; clock?: () => Date } = {},
): Promise<LocalAws> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'local-aws-')))
  const aws = await startLocalAws({ ...options, dataDirectory })
  test.after(async () => {
    await aws.close()
    if (options.dataDirectory === undefined) {
      await rm(dataDirectory, { recursive: true, force: true })
    }
  })
  return aws
}

/** What every client of the SDK needs. Tries nothing twice: a test wants the first answer. */
export function clientOptions(aws: LocalAws, keys: Keys) {
  const { accessKeyId, secretAccessKey, sessionToken, clockOffsetMs = 0 } = keys
  return {
    endpoint: aws.endpointUrl,
    region: 'eu-central-1',
    maxAttempts: 1,
    systemClockOffset: clockOffsetMs,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
  }
}

/** Clients of IAM and STS with the same keys. */
export function openClients(test: TestContext, aws: LocalAws, keys: Keys) {
  const iam = new IAMClient(clientOptions(aws, keys))
  const sts = new STSClient(clientOptions(aws, keys))
  test.after(() => {
    iam.destroy()
    sts.destroy()
  })
  return { iam, sts }
}

/** Passes when the call is refused with this code, and a message that has this in it. */
export async function assertRefused(
  answer: Promise<unknown>,
  code: string,
  message: string | RegExp = '',
): Promise<void> {
  await assert.rejects(answer, (error) => {
    assert(error instanceof Error)
    const given = 'Code' in error ? error.Code : error.name
    assert.equal(given, code, error.message)
    if (typeof message === 'string') assert(error.message.includes(message), error.message)
    else assert.match(error.message, message)
    return true
  })
}

export function policyText(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

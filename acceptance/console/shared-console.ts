import assert from 'node:assert/strict'
import { after } from 'node:test'
import type { Client } from '@sluice/sdk'
import { type Console, openConsole } from './open-console.ts'

export const TEMPLATE_URL = 'https://templates.s3.eu-central-1.amazonaws.com/sluice-role.json'

let opened: Promise<Console> | undefined

/**
 * One world and one browser for all suites of a process, since to start them costs as much as a suite. It has
 * what an operator may allow. Two organizations are there for all: what one suite makes, another may see.
 */
export function shareConsole(): Promise<Console> {
  opened ??= openConsole({
    ...process.env,
    SLUICE_CLOUDFORMATION_TEMPLATE_URL: TEMPLATE_URL,
    SLUICE_ALLOW_CUSTOM_EXTERNAL_ID: 'true',
  })
  return opened
}

/** Of an organization's first license, to which other suites may have added some. */
export async function importRows(
  client: Client,
  licenseKey: string,
  rows: readonly object[],
): Promise<void> {
  const { items } = await client.licenses.list().page({ offset: 0, limit: 100 })
  const license = items.find((each) => each.licenseKey === licenseKey)
  assert(license !== undefined)
  const body = rows.map((row) => JSON.stringify(row)).join('\n')
  const sent = { contentType: 'application/x-ndjson', body } as const
  const { accepted } = await client.licenses.importSamples(license.id, sent)
  assert.equal(accepted, rows.length)
}

after(async () => {
  await (await opened)?.[Symbol.asyncDispose]()
})

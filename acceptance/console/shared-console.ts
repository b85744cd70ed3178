import { after } from 'node:test'
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

after(async () => {
  await (await opened)?.[Symbol.asyncDispose]()
})

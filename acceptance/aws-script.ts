import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Organization, Sluice } from './sluice.ts'

/** Stands in for the AWS CLI, so that the tests need none; SLUICE_TEST_AWS_CLI names a real one. */
const standIn = join(import.meta.dirname, '../service/testing/aws-stand-in.ts')

/** As the customer's administrator does with what they have copied: pasted into bash. */
export async function runAwsScript(
  script: string,
  { sluice, organization }: { sluice: Sluice; organization: Organization },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-aws-'))
  const bin = join(folder, 'aws')
  const command = process.env.SLUICE_TEST_AWS_CLI ?? `${process.execPath}' '${standIn}`
  await writeFile(bin, `#!/bin/sh\nexec '${command}' "$@"\n`)
  await chmod(bin, 0o755)
  const { accessKeyId, secretAccessKey, region } = organization.aws
  const env = {
    PATH: `${folder}:${process.env.PATH}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    AWS_ENDPOINT_URL: sluice.awsEndpointUrl,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  }
  const failed = await new Promise<string | undefined>((done) => {
    const child = execFile('bash', [], { env, cwd: folder }, (error, _stdout, stderr) =>
      done(error === null ? undefined : stderr),
    )
    child.stdin?.end(script)
  })
  await rm(folder, { recursive: true })
  assert.equal(failed, undefined)
}

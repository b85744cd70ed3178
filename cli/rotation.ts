import type { Client, ExternalIdRotation, S3RoleBasedOutput } from '@sluice/sdk'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { note, printOne } from './print.ts'
import { trustPolicy } from './trust-policy.ts'

const verbs = [
  ['start', 'issue the next external id; the trust policy must demand either for now'],
  ['get', 'show the rotation that is under way, or the last one, and what comes next'],
  ['promote', 'make the next id the present one, once the role is proven to open with it'],
  ['retire', 'retire the old id for good, once the role is proven to refuse it'],
  ['cancel', 'go back to the old id; possible until it is retired'],
] as const

/** `outputs rotation …`: each verb says what to do before the next one. */
export function addRotation(outputs: Command): void {
  const rotation = outputs
    .command('rotation')
    .description(
      'change the external id of an output without a gap; with GLOBAL, of all that share it',
    )
  for (const [verb, description] of verbs)
    rotation
      .command(`${verb} <outputId>`)
      .description(description)
      .addHelpText('after', examples(`sluice outputs rotation ${verb} <outputId>`))
      .action(async (outputId: string, _options, command: Command) => {
        const globals = command.optsWithGlobals<GlobalOptions>()
        const { s3RoleBased } = connect(globals).client.outputs
        const made = await s3RoleBased.externalIdRotation[verb](outputId)
        printOne(made, globals)
        note(`\n${await nextStep(s3RoleBased, { rotation: made, outputId })}`)
      })
}

async function nextStep(
  outputs: Client['outputs']['s3RoleBased'],
  { rotation, outputId }: { rotation: ExternalIdRotation; outputId: string },
): Promise<string> {
  const output = await outputs.get(outputId)
  const { step, oldExternalId, nextExternalId } = rotation
  const type = (verb: string) => `sluice outputs rotation ${verb} ${outputId}`
  const paste = (ids: readonly string[], roles: string) =>
    `1. Save this trust policy on ${roles}:\n${trustPolicy(output, ids)}`
  const roles = rotation.outputId === undefined ? await rolesOfAll(outputs) : output.roleArn
  switch (step) {
    case 'NEXT_ISSUED':
      return (
        `${paste([oldExternalId, nextExternalId], roles)}\n2. Some seconds later: ${type('promote')}\n` +
        `Exports go on at each step. To give up: ${type('cancel')}`
      )
    case 'PROMOTED':
      return (
        `${paste([nextExternalId], roles)}\n2. Some seconds later: ${type('retire')}\n` +
        `To go back, let the trust policy demand ${oldExternalId} again first, then: ${type('cancel')}`
      )
    case 'RETIRED':
      return `Nothing is left to do: ${oldExternalId} is retired, and never returns.`
    case 'CANCELLED':
      return `${paste([output.externalId], roles)}\n${nextExternalId} is retired, and never returns.`
  }
}

/** Of the outputs that share the organization's id. */
async function rolesOfAll(outputs: Client['outputs']['s3RoleBased']): Promise<string> {
  const shared: S3RoleBasedOutput[] = []
  for await (const output of outputs.list())
    if (output.externalIdMode === 'GLOBAL') shared.push(output)
  return [...new Set(shared.map(({ roleArn }) => roleArn))].join(', ')
}

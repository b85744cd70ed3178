import type { Client, ExternalIdRotation } from '@sluice/sdk'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { note, printOne } from './print.ts'

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
  const { step, oldExternalId, nextExternalId } = rotation
  const type = (verb: string) => `sluice outputs rotation ${verb} ${outputId}`
  switch (step) {
    case 'NEXT_ISSUED':
      return (
        `1. ${await policiesOf(outputs, rotation)}\n2. Some seconds later: ${type('promote')}\n` +
        `Exports go on at each step. To give up: ${type('cancel')}`
      )
    case 'PROMOTED':
      return (
        `1. ${await policiesOf(outputs, rotation)}\n2. Some seconds later: ${type('retire')}\n` +
        `To go back, let the trust policy demand ${oldExternalId} again first, then: ${type('cancel')}`
      )
    case 'RETIRED':
      return `Nothing is left to do: ${oldExternalId} is retired, and never returns.`
    case 'CANCELLED':
      return `${await policiesOf(outputs, rotation)}\n${nextExternalId} is retired, and never returns.`
  }
}

/** A text for each trust policy, with the roles that need it. */
async function policiesOf(
  outputs: Client['outputs']['s3RoleBased'],
  rotation: ExternalIdRotation,
): Promise<string> {
  const outputOf = new Map<string, string>()
  for await (const { id, roleArn, externalIdMode } of outputs.list())
    if (rotation.outputId === undefined ? externalIdMode === 'GLOBAL' : id === rotation.outputId)
      outputOf.set(roleArn, id)
  const rolesOf = new Map<string, string[]>()
  for (const [roleArn, id] of outputOf) {
    const { trustPolicy } = await outputs.getSetup(id)
    const policy = JSON.stringify(trustPolicy, null, 2)
    rolesOf.set(policy, [...(rolesOf.get(policy) ?? []), roleArn])
  }
  const texts = [...rolesOf].map(
    ([policy, roles]) => `Save this trust policy on ${roles.join(', ')}:\n${policy}`,
  )
  return texts.join('\n')
}

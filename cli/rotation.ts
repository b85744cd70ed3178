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
  const all: S3RoleBasedOutput[] = []
  for await (const output of outputs.list()) all.push(output)
  const { step, oldExternalId, nextExternalId } = rotation
  const type = (verb: string) => `sluice outputs rotation ${verb} ${outputId}`
  const policies = policiesOf(all, rotation)
  switch (step) {
    case 'NEXT_ISSUED':
      return (
        `1. ${policies}\n2. Some seconds later: ${type('promote')}\n` +
        `Exports go on at each step. To give up: ${type('cancel')}`
      )
    case 'PROMOTED':
      return (
        `1. ${policies}\n2. Some seconds later: ${type('retire')}\n` +
        `To go back, let the trust policy demand ${oldExternalId} again first, then: ${type('cancel')}`
      )
    case 'RETIRED':
      return `Nothing is left to do: ${oldExternalId} is retired, and never returns.`
    case 'CANCELLED':
      return `${policies}\n${nextExternalId} is retired, and never returns.`
  }
}

/** A text for each policy, with the roles that need it. A role keeps the ids of all outputs that name it. */
function policiesOf(all: S3RoleBasedOutput[], rotation: ExternalIdRotation): string {
  const isRotating = ({ id, externalIdMode }: S3RoleBasedOutput) =>
    rotation.outputId === undefined ? externalIdMode === 'GLOBAL' : id === rotation.outputId
  const rolesOf = new Map<string, string[]>()
  for (const roleArn of new Set(all.filter(isRotating).map((output) => output.roleArn))) {
    const ofRole = all.filter((output) => output.roleArn === roleArn)
    const [first] = ofRole
    if (first === undefined) continue
    const ids = ofRole.flatMap((output) => idsToTrust(output, isRotating(output)))
    const policy = trustPolicy(first, [...new Set(ids)])
    rolesOf.set(policy, [...(rolesOf.get(policy) ?? []), roleArn])
  }
  const texts = [...rolesOf].map(
    ([policy, roles]) => `Save this trust policy on ${roles.join(', ')}:\n${policy}`,
  )
  return texts.join('\n')
}

/** Of a promoted rotation the old id is to go; of any other output’s, both stay. */
function idsToTrust(output: S3RoleBasedOutput, isRotating: boolean): string[] {
  const { externalId, nextExternalId, previousExternalId } = output
  const others = isRotating ? [nextExternalId] : [nextExternalId, previousExternalId]
  return [externalId, ...others.filter((id) => id !== undefined)]
}

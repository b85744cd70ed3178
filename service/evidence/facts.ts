import { createHash } from 'node:crypto'
import type { OrganizationScope } from '#database'
import { writeSessionPolicy } from '#delivery'
import {
  type AccessCount,
  countAccesses,
  findSetupValues,
  findSlot,
  getOutput,
  listAccesses,
  listRotations,
  type OutputAccess,
  type Rotation,
  type S3RoleBasedOutput,
  targetOf,
} from '#outputs'
import {
  describePrincipal,
  revokeCommands,
  type SetupKit,
  type SetupValues,
  type TrustedPrincipal,
  writeSetupKit,
} from '#setup'
import { findRoleState, findVerification, type RoleState, type Verification } from '#verification'

/** Everything that a report of an output's role says. */
export interface Facts {
  readonly writtenAt: Date
  readonly output: S3RoleBasedOutput
  readonly values: SetupValues
  readonly principal: TrustedPrincipal
  readonly kit: SetupKit
  readonly sessionPolicy: {
    /** The text itself, as STS gets it. */
    readonly json: string
    readonly sha256: string
  }
  readonly verification: Verification | undefined
  readonly role: RoleState | undefined
  /** The newest first. */
  readonly rotations: readonly Rotation[]
  readonly accesses: {
    readonly from: Date
    readonly to: Date
    readonly counts: readonly AccessCount[]
    readonly newest: readonly OutputAccess[]
  }
  readonly revokeCommands: readonly string[]
}

const DAY_MS = 24 * 3_600_000
const ACCESSES_LISTED_MAX = 100

/** Throws NOT_FOUND. */
export async function gatherFacts(
  parts: { scope: OrganizationScope; principalArn: string },
  asked: { outputId: string; days: number },
): Promise<Facts> {
  const { scope, principalArn } = parts
  const { outputId, days } = asked
  const output = await getOutput(scope, outputId)
  const values = await findSetupValues(scope, output, principalArn)
  const now = scope.clock.now()
  // The last moment is in it too, so that a use of just now is seen.
  const window = { from: new Date(now.getTime() - days * DAY_MS), to: new Date(now.getTime() + 1) }
  const newest = { offset: 0, limit: ACCESSES_LISTED_MAX, ...window }
  const json = writeSessionPolicy(targetOf(output))
  const verification = await findVerification(scope, outputId)
  const rotations = await listRotations(scope, await findSlot(scope, outputId))
  const shorten = shortener(output)
  return {
    writtenAt: now,
    output,
    values,
    principal: describePrincipal(principalArn),
    kit: writeSetupKit(values, 'account'),
    sessionPolicy: { json, sha256: createHash('sha256').update(json).digest('hex') },
    verification: verification && {
      ...verification,
      externalId: shorten(verification.externalId),
    },
    role: await findRoleState(parts, outputId),
    rotations: rotations.map((rotation) => ({
      ...rotation,
      oldExternalId: shorten(rotation.oldExternalId),
      nextExternalId: shorten(rotation.nextExternalId),
    })),
    accesses: {
      ...window,
      counts: await countAccesses(scope, outputId, window),
      newest: (await listAccesses(scope, outputId, newest)).items,
    },
    revokeCommands: revokeCommands(output),
  }
}

/** Ids that never open anything again are shortened: they only have to be told apart. */
function shortener(output: S3RoleBasedOutput): (externalId: string) => string {
  const { externalId, nextExternalId, previousExternalId } = output
  const known = new Set([externalId, nextExternalId, previousExternalId])
  return (id) => (known.has(id) ? id : `${id.slice(0, 8)}…`)
}

import { hasIssuedForm } from '#delivery'
import type { Mistake } from '#errors'
import type { ExternalIdMode } from '../output.ts'

/** As STS takes them: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const FORM = /^[\w+=,.@:/-]{2,1224}$/
/** Of an id that somebody else has chosen: too long to be found by trying. */
const CUSTOM_LENGTH_MIN = 32

export interface ExternalIdWish {
  readonly mode: ExternalIdMode | undefined
  readonly externalId: string | undefined
}

/** What is known of the id: whether it was handed out to this organization, and no output has taken it. */
interface KnownWish extends ExternalIdWish {
  readonly isHandedOut: boolean
}

/**
 * The mode that is meant. Without one we make a fresh id: a role without a condition accepts it. A caller
 * who sends an id and no mode means that id: one that was handed out, or else, as clients that know CUSTOM
 * as the default do, one of their own.
 */
export function modeOf({ mode, externalId, isHandedOut }: KnownWish): ExternalIdMode {
  return mode ?? (externalId === undefined || isHandedOut ? 'GENERATED' : 'CUSTOM')
}

/** All that is wrong with what a caller asks for. */
export function mistakesOfExternalId(
  wish: KnownWish,
  rules: { allowCustomExternalId: boolean },
): Mistake[] {
  const { externalId } = wish
  switch (modeOf(wish)) {
    case 'GENERATED':
      return externalId === undefined || wish.isHandedOut ? [] : [notHandedOut]
    case 'GLOBAL':
      return externalId === undefined ? [] : [notWithGlobal]
    case 'CUSTOM': {
      if (!rules.allowCustomExternalId) return [customRefused(wish)]
      const text = mistakeOfCustomId(externalId)
      return text === undefined ? [] : [{ field: 'externalId', text }]
    }
  }
}

const notWithGlobal: Mistake = {
  field: 'externalId',
  text: 'must be left out with externalIdMode GLOBAL: Sluice makes the id',
}

/** One text for an id that never was, one of another organization, and one that is used or retired. */
export const notHandedOut: Mistake = {
  field: 'externalId',
  text:
    'must be left out with externalIdMode GENERATED, since Sluice makes the id, or be one that ' +
    'POST /v1/analytics/external-ids has handed out to this organization and no output has taken',
}

function customRefused({ mode }: ExternalIdWish): Mistake {
  const instead =
    'leave both out, or use GENERATED or GLOBAL, and put the id of the answer into the trust policy; ' +
    'where the role comes first, let POST /v1/analytics/external-ids hand out the id'
  return mode === 'CUSTOM'
    ? {
        field: 'externalIdMode',
        text: `CUSTOM is not allowed by this service’s operator; ${instead}`,
      }
    : {
        field: 'externalId',
        text: `of your own choice is not allowed by this service’s operator; ${instead}`,
      }
}

function mistakeOfCustomId(externalId: string | undefined): string | undefined {
  if (externalId === undefined) return 'is missing: externalIdMode CUSTOM needs one'
  if (externalId.length < CUSTOM_LENGTH_MIN)
    return `must have at least ${CUSTOM_LENGTH_MIN} characters, so that nobody guesses it`
  if (!FORM.test(externalId))
    return 'must have at most 1224 characters, all of them letters, digits or any of _+=,.@:/-'
  if (hasIssuedForm(externalId))
    return (
      'must not have the form of the ids that Sluice makes, which is a UUID: leave it out, and ' +
      'Sluice makes one'
    )
  return undefined
}

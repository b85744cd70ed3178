import type { Mistake } from '#errors'
import type { ExternalIdMode } from './output.ts'

/** As STS takes them: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const FORM = /^[\w+=,.@:/-]{2,1224}$/
/** Of an id that somebody else has chosen: too long to be found by trying. */
const CUSTOM_LENGTH_MIN = 32

export interface ExternalIdWish {
  readonly mode: ExternalIdMode | undefined
  readonly externalId: string | undefined
}

/**
 * The mode that is meant. Without one we make a fresh id: a role without a condition accepts it. A caller
 * who sends an id and no mode means that id, as clients that know CUSTOM as the default do.
 */
export function modeOf({ mode, externalId }: ExternalIdWish): ExternalIdMode {
  return mode ?? (externalId === undefined ? 'GENERATED' : 'CUSTOM')
}

/** All that is wrong with what a caller asks for. */
export function mistakesOfExternalId(
  wish: ExternalIdWish,
  rules: { allowCustomExternalId: boolean },
): Mistake[] {
  const { externalId } = wish
  const mode = modeOf(wish)
  if (mode !== 'CUSTOM') {
    if (externalId === undefined) return []
    const text = `must be left out with externalIdMode ${mode}: Sluice makes the id`
    return [{ field: 'externalId', text }]
  }
  if (!rules.allowCustomExternalId) return [customRefused(wish)]
  const text = mistakeOfCustomId(externalId)
  return text === undefined ? [] : [{ field: 'externalId', text }]
}

function customRefused({ mode }: ExternalIdWish): Mistake {
  const instead =
    'leave both out, or use GENERATED or GLOBAL, and put the id of the answer into the trust policy'
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
  return undefined
}

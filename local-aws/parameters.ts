import { AwsError } from './errors.ts'
import type { Tag } from './identities.ts'

/** Parameters of a call as the query protocol flattens them: `Tags.member.1.Key`. */
export type Parameters = ReadonlyMap<string, string>

/** AWS's own limits of a text: its pattern, and its length in characters. */
interface TextLimits {
  pattern?: RegExp
  min?: number
  max?: number
}

const LIST_LENGTH_MAX = 200

export function getText(parameters: Parameters, name: string, limits: TextLimits): string {
  return findText(parameters, name, limits) ?? refuse('null', name, 'Member must not be null')
}

export function findText(
  parameters: Parameters,
  name: string,
  limits: TextLimits,
): string | undefined {
  const text = parameters.get(name)
  if (text === undefined) return undefined
  checkText(text, name, limits)
  return text
}

export function findInteger(
  parameters: Parameters,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const text = parameters.get(name)
  if (text === undefined) return undefined
  if (!/^-?\d{1,9}$/.test(text)) {
    throw new AwsError('MalformedInput', 400, `${name} must be an integer.`)
  }
  const value = Number(text)
  const constraint = (bound: string) => `Member must have value ${bound}`
  if (value < min) refuse(`'${text}'`, name, constraint(`greater than or equal to ${min}`))
  if (value > max) refuse(`'${text}'`, name, constraint(`less than or equal to ${max}`))
  return value
}

/** `Name.member.1`, `Name.member.2`, … */
export function listTexts(
  parameters: Parameters,
  name: string,
  limits: TextLimits & { itemsMax: number; member?: string },
): string[] {
  const suffix = limits.member === undefined ? '' : `.${limits.member}`
  const texts: string[] = []
  for (let index = 1; index <= LIST_LENGTH_MAX; index++) {
    const text = parameters.get(`${name}.member.${index}${suffix}`)
    if (text === undefined) break
    checkText(text, name, limits)
    texts.push(text)
  }
  if (texts.length > limits.itemsMax) refuseItems(name, limits.itemsMax)
  return texts
}

const TAGS_MAX = 50
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Keys must differ by more than case. */
export function listTags(parameters: Parameters): Tag[] {
  const tags: Tag[] = []
  for (let index = 1; index <= LIST_LENGTH_MAX; index++) {
    const member = `Tags.member.${index}`
    const key = findText(parameters, `${member}.Key`, { pattern: TAG_TEXT, min: 1, max: 128 })
    if (key === undefined) break
    const value = getText(parameters, `${member}.Value`, { pattern: TAG_TEXT, max: 256 })
    tags.push({ Key: key, Value: value })
  }
  if (tags.length > TAGS_MAX) refuseItems('Tags', TAGS_MAX)
  if (new Set(tags.map((tag) => tag.Key.toLowerCase())).size < tags.length) {
    throw new AwsError('InvalidInput', 400, 'Duplicate tag keys found.')
  }
  return tags
}

function checkText(text: string, name: string, { pattern, min = 0, max }: TextLimits): void {
  const length = Array.from(text).length
  const shown = `'${text}'`
  if (length < min) {
    refuse(shown, name, `Member must have length greater than or equal to ${min}`)
  }
  if (max !== undefined && length > max) {
    refuse(shown, name, `Member must have length less than or equal to ${max}`)
  }
  if (pattern && !pattern.test(text)) {
    const source = pattern.source.replace(/^\^|\$$/g, '')
    refuse(shown, name, `Member must satisfy regular expression pattern: ${source}`)
  }
}

function refuseItems(name: string, itemsMax: number): never {
  refuse('list', name, `Member must have length less than or equal to ${itemsMax}`)
}

function refuse(value: string, name: string, constraint: string): never {
  const member = name.charAt(0).toLowerCase() + name.slice(1)
  throw new AwsError(
    'ValidationError',
    400,
    `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${constraint}`,
  )
}

import type { CallService } from '../calls/call-event.ts'
import { type Fault, type FaultKind, operationsOf, servicesOf } from './fault.ts'

type Given = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

const DELAY_MS_MAX = 600_000
const COUNT_MAX = 1_000_000
const TEXT_CHARACTERS_MAX = 2048

const isText: Check = (it) =>
  typeof it === 'string' && it !== '' && it.length <= TEXT_CHARACTERS_MAX
const isIn = (min: number, max: number): Check => {
  return (it) => Number.isInteger(it) && Number(it) >= min && Number(it) <= max
}
const oneOf = (values: readonly string[]): Check => {
  return (it) => typeof it === 'string' && values.includes(it)
}
const isExternalId: Check = (it) =>
  it === null || isText(it) || (isRecord(it) && isText(it.not) && Object.keys(it).length === 1)

/** What a member must be, and how to say so. */
type Members = Record<string, { check: Check; is: string; needed?: true }>

const text = { check: isText, is: `a text of at most ${TEXT_CHARACTERS_MAX} characters` }
const delay = { check: isIn(1, DELAY_MS_MAX), is: `a whole number from 1 to ${DELAY_MS_MAX}` }
const cuts = ['request', 'before-answer', 'in-answer']
const kinds = Object.keys(servicesOf)

const common: Members = {
  service: { check: oneOf(['iam', 'sts', 's3']), is: 'iam, sts or s3', needed: true },
  kind: { check: oneOf(kinds), is: `one of ${kinds.join(', ')}`, needed: true },
  operation: {
    check: (it) => typeof it === 'string' && /^[A-Z][A-Za-z0-9]{1,127}$/.test(it),
    is: 'a name of AWS, such as AssumeRole',
  },
  skip: { check: isIn(0, COUNT_MAX), is: `a whole number from 0 to ${COUNT_MAX}` },
  times: { check: isIn(1, COUNT_MAX), is: `a whole number from 1 to ${COUNT_MAX}` },
  where: { check: isRecord, is: 'an object' },
}

const ofKind: Partial<Record<FaultKind, Members>> = {
  slow: { delayMs: { ...delay, needed: true } },
  'change-delay': { delayMs: { ...delay, needed: true } },
  cut: { at: { check: oneOf(cuts), is: `one of ${cuts.join(', ')}`, needed: true } },
  'wrong-region': { region: { ...text, needed: true } },
  error: {
    code: { ...text, needed: true },
    status: { check: isIn(400, 599), is: 'a status from 400 to 599', needed: true },
    message: { ...text, needed: true },
  },
}

const where: Members = {
  externalId: { check: isExternalId, is: 'a text, null, or { "not": a text }' },
  roleArn: text,
  bucket: text,
  keyPrefix: text,
  region: text,
  principalArn: text,
}

/** A fault that can be kept. Throws a TypeError that tells all mistakes at once. */
export function readFault(given: unknown): Fault {
  if (!isRecord(given)) throw new TypeError('A fault is an object.')
  const own = isKind(given.kind) ? (ofKind[given.kind] ?? {}) : {}
  const mistakes = [
    ...findMistakes(given, { ...common, ...own }, ''),
    ...findMistakes(isRecord(given.where) ? given.where : {}, where, 'where.'),
  ]
  if (mistakes.length === 0) mistakes.push(...findMisfits(given))
  if (mistakes.length > 0) throw new TypeError(`This is no fault: ${mistakes.join('; ')}.`)
  return asFault(structuredClone(given))
}

function findMistakes(given: Given, members: Members, path: string): string[] {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(members, name))
  const wrong = Object.entries(members).filter(([name, { check, needed }]) => {
    const value = given[name]
    return value === undefined ? needed : !check(value)
  })
  return [
    ...unknown.map((name) => `${path}${name} is not known here`),
    ...wrong.map(([name, { is }]) => `${path}${name} must be ${is}`),
  ]
}

/** What is well-formed and could still never strike. */
function findMisfits({ kind, service, operation }: Given): string[] {
  if (!isKind(kind)) return []
  const services = servicesOf[kind]
  if (!services.some((it: CallService) => it === service)) {
    return [`${kind} is a fault of ${services.join(', ')}, not of ${service}`]
  }
  const operations = operationsOf[kind]
  if (operation === undefined || !operations || operations.test(String(operation))) return []
  return [`${kind} does not befall ${operation}`]
}

function isKind(value: unknown): value is FaultKind {
  return typeof value === 'string' && Object.hasOwn(servicesOf, value)
}

function isRecord(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The cast holds because every member was checked against the table of its kind. */
function asFault(checked: Given): Fault {
  return checked as unknown as Fault
}

import { XMLBuilder } from 'fast-xml-parser'

/** Members of an answer. An array is a list as the query protocol writes it, of `member`s. */
export interface Element {
  [name: string]: Value | undefined
}
type Value = string | number | boolean | Element | (Element | string)[]

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: false })

export function writeXml(root: string, namespace: string, members: Element): string {
  return builder.build({ [root]: { '@_xmlns': namespace, ...present(members) } })
}

function present(element: Element): Element {
  const members = Object.entries(element).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members.map(([name, value]) => [name, presentValue(value)]))
}

function presentValue(value: Value | undefined): Value {
  if (Array.isArray(value)) return { member: value.map(presentMember) }
  if (typeof value === 'object') return present(value)
  return typeof value === 'string' ? writable(value) : (value ?? '')
}

function presentMember(member: Element | string): Element | string {
  return typeof member === 'string' ? writable(member) : present(member)
}

/** XML 1.0 knows no control characters, not even escaped. */
function writable(text: string): string {
  return text.toWellFormed().replace(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
}

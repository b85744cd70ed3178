import { XMLBuilder } from 'fast-xml-parser'

/** Members of an answer. An array is a list as the query protocol writes it, of `member`s. */
export interface Element {
  [name: string]: Value | undefined
}
type Value = string | number | boolean | Element | Element[] | string[]

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: false })

export function writeXml(root: string, namespace: string, members: Element): string {
  return builder.build({ [root]: { '@_xmlns': namespace, ...present(members) } })
}

function present(element: Element): Element {
  const members = Object.entries(element).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members.map(([name, value]) => [name, presentValue(value)]))
}

function presentValue(value: Value | undefined): Value {
  if (Array.isArray(value)) return { member: value.map(presentMember) } as Element
  if (typeof value === 'object') return present(value)
  return value ?? ''
}

function presentMember(member: Element | string): Element | string {
  return typeof member === 'string' ? member : present(member)
}

import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'
import { malformedXml } from './s3-errors.ts'

/** Members of an XML answer; a list repeats its element. */
export interface Members {
  [name: string]: Value | undefined
}
type Value = string | number | boolean | Members | Members[] | string[]

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: false })

export function writeXml(root: string, members: Members | string): string {
  const content = typeof members === 'string' ? { '#text': members } : present(members)
  return writeDocument({ [root]: { '@_xmlns': NAMESPACE, ...content } })
}

/** Errors have no namespace. */
export function writeErrorXml(members: Members): string {
  return writeDocument({ Error: present(members) })
}

function writeDocument(document: Members): string {
  const xml = builder.build(document)
  // Object keys may hold control characters, which XML can only name.
  const named = xml.replace(/\p{Cc}/gu, (it) =>
    it === '\n' ? it : `&#x${it.charCodeAt(0).toString(16)};`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${named}`
}

function present(members: Members): Members {
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, presentValue(value)]))
}

function presentValue(value: Value | undefined): Value {
  if (Array.isArray(value)) {
    return value.map((it) => (typeof it === 'string' ? it : present(it))) as Members[]
  }
  return typeof value === 'object' ? present(value) : (value ?? '')
}

/** An element of a request's document. */
export interface XmlElement {
  /** The text of the first child of this name. */
  text(name: string): string | undefined
  /** The first child of this name. */
  child(name: string): XmlElement | undefined
  children(name: string): XmlElement[]
  /** The texts of all children of this name. */
  texts(name: string): string[]
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  alwaysCreateTextNode: true,
  htmlEntities: true, // for &#13; and its like
  isArray: () => true,
})

/** The root element, which must carry one of these names. Throws MalformedXML. */
export function readXml(text: string, ...roots: string[]): XmlElement {
  // A document type could define entities that grow without bound.
  if (/<!(DOCTYPE|ENTITY)/i.test(text) || XMLValidator.validate(text) !== true) throw malformedXml()
  const document = asNode(parser.parse(text))
  for (const root of roots) {
    const element = listOf(document, root)[0]
    if (element) return wrap(element)
  }
  throw malformedXml()
}

type Node = Readonly<Record<string, unknown>>

function wrap(node: Node): XmlElement {
  const texts = (name: string) => listOf(node, name).map((it) => String(it['#text'] ?? ''))
  const children = (name: string) => listOf(node, name).map(wrap)
  return { texts, children, text: (name) => texts(name)[0], child: (name) => children(name)[0] }
}

function listOf(node: Node, name: string): Node[] {
  const found = Object.hasOwn(node, name) ? node[name] : undefined
  return Array.isArray(found) ? found.map(asNode) : []
}

/** With these options the parser makes objects of elements, and lists of those. */
function asNode(value: unknown): Node {
  return typeof value === 'object' && value !== null ? (value as Node) : { '#text': value }
}

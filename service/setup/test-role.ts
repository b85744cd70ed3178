import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { parse as parseYaml } from 'yaml'

// Its types bring those of a browser along, for the whole project.
const { getExpressionAst, parse: parseHcl } = createRequire(import.meta.url)('@cdktn/hcl2json')

/** A role as one of the kit's documents describes it, read by somebody else's parser. */
export interface DescribedRole {
  readonly name: string
  readonly path: string
  /** As JSON, the way it would be sent. */
  readonly trustPolicy: string
  readonly permissions: string
}

// biome-ignore lint/suspicious/noExplicitAny: documents are looked at member by member
type Any = any

/** The same, with its policies read, so that two can be compared. */
export function readRole(role: DescribedRole): Record<keyof DescribedRole, unknown> {
  const { trustPolicy, permissions } = role
  return { ...role, trustPolicy: JSON.parse(trustPolicy), permissions: JSON.parse(permissions) }
}

/** CloudFormation's YAML is of version 1.1; its short functions are tags that mean nothing here. */
function readTemplate(text: string): Any {
  return parseYaml(text, { version: '1.1', logLevel: 'error' })
}

export function roleOfTemplate(text: string): DescribedRole {
  const { Properties } = readTemplate(text).Resources.SluiceRole
  const [policy, ...others] = Properties.Policies
  assert.deepEqual(others, [])
  return {
    name: Properties.RoleName,
    path: Properties.Path,
    trustPolicy: JSON.stringify(Properties.AssumeRolePolicyDocument),
    permissions: JSON.stringify(policy.PolicyDocument),
  }
}

/** Of a template in JSON, as CloudFormation reads it with these parameters. */
export function roleOfQuickCreate(text: string, given: Record<string, string>): DescribedRole {
  const { Parameters, Conditions, Resources } = JSON.parse(text)
  for (const name of Object.keys(given)) assert(name in Parameters, name)
  const read = (value: Any): Any => {
    if (Array.isArray(value)) return value.map(read).filter((item) => item !== undefined)
    if (typeof value !== 'object') return value
    const [[name, inside] = []] = Object.entries<Any>(value)
    if (name === 'Ref') return inside === 'AWS::NoValue' ? undefined : parameterOf(inside)
    if (name === 'Fn::If') return read(inside[read(Conditions[inside[0]]) ? 1 : 2])
    if (name === 'Fn::Not') return !read(inside[0])
    if (name === 'Fn::Equals') return read(inside[0]) === read(inside[1])
    const members = Object.entries(value).map(([key, member]) => [key, read(member)])
    return Object.fromEntries(members.filter(([, member]) => member !== undefined))
  }
  const parameterOf = (name: string) => {
    const { Type, Default } = Parameters[name]
    const value = given[name] ?? Default
    assert.equal(typeof value, 'string', `${name} is not given`)
    return Type === 'CommaDelimitedList' ? value.split(',') : value
  }
  const { RoleName, Path, ...role } = read(Resources.SluiceRole.Properties)
  return {
    name: RoleName,
    path: Path,
    trustPolicy: JSON.stringify(role.AssumeRolePolicyDocument),
    permissions: JSON.stringify(role.Policies[0].PolicyDocument),
  }
}

export async function roleOfModule(text: string): Promise<DescribedRole> {
  const { resource } = await parseHcl('sluice-role.tf', text)
  const [role] = resource.aws_iam_role.sluice
  const [policy] = resource.aws_iam_role_policy.sluice
  return {
    name: String(await valueOfLine(text, 'name')),
    path: String(await valueOfLine(text, 'path')),
    trustPolicy: await policyOf(text, ['assume_role_policy', role.assume_role_policy]),
    permissions: await policyOf(text, ['policy', policy.policy]),
  }
}

/** What jsonencode would write; or the JSON that stands there as text. */
async function policyOf(text: string, [name, expression]: [string, string]): Promise<string> {
  const call = /^\$\{(jsonencode\(.*\))\}$/s.exec(expression)?.[1]
  if (call === undefined) return String(await valueOfLine(text, name))
  const tree: Any = await getExpressionAst('sluice-role.tf', call)
  assert.deepEqual([tree.type, tree.meta.name], ['function', 'jsonencode'])
  return JSON.stringify(readValue(tree.children[0], Buffer.from(call)))
}

/** Of the first line that sets it: the parser's own JSON leaves the escapes of templates in strings. */
async function valueOfLine(text: string, name: string): Promise<unknown> {
  const list = `[${new RegExp(`^ {2}${name} += (".*")$`, 'm').exec(text)?.[1]}]`
  const tree: Any = await getExpressionAst('sluice-role.tf', list)
  return readValue(tree.children[0], Buffer.from(list))
}

/** Literals, lists and objects; a reference or a call among them is a mistake of ours. */
function readValue(node: Any, source: Buffer): unknown {
  switch (node.type) {
    case 'template':
      return node.children.map((part: Any) => readValue(part, source)).join('')
    case 'literalValue':
      return decodeText(node.meta.value)
    case 'tuple':
      return node.children.map((item: Any) => readValue(item, source))
    case 'object':
      return Object.fromEntries(pairsOf(node, source))
    default:
      throw new Error(`The module has a ${node.type} where a value belongs.`)
  }
}

/** The tree has a string's text as it was written; where it ends, and what is a template in it, is known. */
function decodeText(source: string): string {
  return source.replace(
    /[$%]([$%]\{)|\\(?:u([\da-f]{4})|U([\da-f]{8})|(.))/g,
    (_all, sign?: string, four?: string, eight?: string, other?: string) =>
      sign ??
      (other
        ? JSON.parse(`"\\${other}"`)
        : String.fromCodePoint(parseInt(four ?? eight ?? '', 16))),
  )
}

function pairsOf({ children }: Any, source: Buffer): [string, unknown][] {
  return children.flatMap((key: Any, at: number) => {
    if (at % 2 === 1) return []
    const { start, end } = key.range
    const text = source.subarray(start.byte, end.byte).toString()
    const name = text.startsWith('"') ? decodeText(text.slice(1, -1)) : text
    return [[name, readValue(children[at + 1], source)]]
  })
}

/** What the script's variables hold when bash has read them; the script itself is not run. */
export function roleOfScript(text: string): DescribedRole {
  const [variables] = text.split('\nsay() {')
  const shown = ['role_name', 'role_path', 'trust_policy', 'permissions']
  const print = shown.map((name) => `printf '%s\\0' "$${name}"`).join('\n')
  const printed = execFileSync('bash', [], { input: `${variables}\n${print}`, encoding: 'utf8' })
  const [name = '', path = '', trustPolicy = '', permissions = ''] = printed.split('\0')
  return { name, path, trustPolicy, permissions }
}

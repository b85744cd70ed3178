import { quoteForHcl } from './quote.ts'

type Value = string | boolean | readonly Value[] | { readonly [name: string]: Value | undefined }

/** A value as an expression of HCL, laid out as `terraform fmt` does. */
export function writeHcl(value: unknown, spaces = 0): string {
  return write(value as Value, spaces)
}

function write(value: Value, spaces: number): string {
  if (typeof value === 'string') return quoteForHcl(value)
  if (typeof value === 'boolean') return String(value)
  return Array.isArray(value)
    ? writeList(value, spaces)
    : writeMembers(value as { [name: string]: Value }, spaces)
}

function writeList(items: readonly Value[], spaces: number): string {
  const [only] = items
  if (items.length === 1 && typeof only === 'string') return `[${quoteForHcl(only)}]`
  const inner = ' '.repeat(spaces + 2)
  const lines = items.map((item) => `${inner}${write(item, spaces + 2)},\n`)
  return `[\n${lines.join('')}${' '.repeat(spaces)}]`
}

/** The signs of equality of neighbouring lines stand below each other; a longer value parts the lines. */
function writeMembers(members: { [name: string]: Value }, spaces: number): string {
  const entries = Object.entries(members).map(([name, value]) => {
    const key = /^[A-Za-z_][\w-]*$/.test(name) ? name : quoteForHcl(name)
    return { key, text: write(value, spaces + 2) }
  })
  const isShort = (at: number) => entries[at]?.text.includes('\n') === false
  const widthAt = (at: number) => {
    if (!isShort(at)) return 0
    let [first, last] = [at, at]
    while (isShort(first - 1)) first -= 1
    while (isShort(last + 1)) last += 1
    return Math.max(...entries.slice(first, last + 1).map(({ key }) => key.length))
  }
  const inner = ' '.repeat(spaces + 2)
  const lines = entries.map(({ key, text }, at) => `${inner}${key.padEnd(widthAt(at))} = ${text}\n`)
  return `{\n${lines.join('')}${' '.repeat(spaces)}}`
}

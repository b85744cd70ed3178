import { type PolicyDocument, type PolicyKind, parsePolicy } from '@sluice/iam'

const TEXTS_MAX = 1000
const read = new Map<string, PolicyDocument>()

/** Parses a policy, remembering the last texts: each request reads all policies of its caller. */
export function readPolicy(text: string, kind: PolicyKind): PolicyDocument {
  const key = `${kind} ${text}`
  const known = read.get(key)
  if (known) return known
  const document = parsePolicy(text, kind)
  const oldest = read.size >= TEXTS_MAX ? read.keys().next().value : undefined
  if (oldest !== undefined) read.delete(oldest)
  read.set(key, document)
  return document
}

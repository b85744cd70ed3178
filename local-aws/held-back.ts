import { isDeepStrictEqual } from 'node:util'
import type { Account, Identities } from './identities.ts'

/**
 * Changes that are made and do not hold yet, as in AWS, where it takes seconds until all of it knows of
 * a change. Kept per user, role and policy: what is changed meanwhile elsewhere holds at once. They end
 * with the process.
 */
interface HeldBack {
  add(change: { before: Identities; after: Identities }, holding: Holding): void
  /** As if these changes had not been made. */
  withoutHeldBack(identities: Identities, now: Date): Identities
}

export interface Holding {
  now: Date
  holdsFrom: Date
}

type Kind = 'users' | 'roles' | 'policies'
type Thing = ReturnType<Account[Kind]['get']>

interface Held {
  accountId: string
  kind: Kind
  slot: string
  /** Undefined: there was none. */
  before: Thing
  /** Milliseconds since 1970. */
  until: number
}

const kinds: Kind[] = ['users', 'roles', 'policies']
const HELD_MAX = 1000

export function createHeldBack(): HeldBack {
  let held: Held[] = []
  return {
    add(change, { now, holdsFrom }) {
      held = held.filter(({ until }) => until > now.getTime())
      const added = differences(change).map((it) => ({ ...it, until: holdsFrom.getTime() }))
      held = [...held, ...added].slice(-HELD_MAX)
    },
    withoutHeldBack(identities, now) {
      const current = held.filter(({ until }) => until > now.getTime())
      return current.length === 0 ? identities : takeBack(identities, current)
    },
  }
}

function differences({ before, after }: { before: Identities; after: Identities }) {
  const found: Omit<Held, 'until'>[] = []
  for (const [accountId, account] of after.accounts) {
    const old = before.accounts.get(accountId)
    for (const kind of kinds) {
      for (const slot of new Set([...(old?.[kind].keys() ?? []), ...account[kind].keys()])) {
        const was = old?.[kind].get(slot)
        if (isDeepStrictEqual(was, account[kind].get(slot))) continue
        found.push({ accountId, kind, slot, before: was })
      }
    }
  }
  return found
}

/** From the newest to the oldest, so that of several changes of one thing the first is taken back last. */
function takeBack(identities: Identities, held: Held[]): Identities {
  const accounts = new Map(identities.accounts)
  for (const { accountId, kind, slot, before } of held.toReversed()) {
    const account = accounts.get(accountId)
    if (!account) continue
    const things = new Map<string, Thing>(account[kind])
    if (before === undefined) things.delete(slot)
    else things.set(slot, before)
    accounts.set(accountId, { ...account, [kind]: things })
  }
  return { ...identities, accounts }
}

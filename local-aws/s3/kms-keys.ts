import { createHash, randomUUID } from 'node:crypto'
import { parsePolicy } from '@sluice/iam'
import { storePrincipals } from '../principals.ts'
import type { State } from '../state.ts'
import type { Catalog } from './catalog.ts'

/** As much of KMS as S3 needs: keys with their policies. Nothing is encrypted. */
export interface KmsKeys {
  /** Without a policy, the account's own policies decide, as for a key made by the API. Gives the ARN. */
  createKey(options: { accountId: string; region: string; policy?: string }): string
  /** The key policy's text, with users and roles by their unique ids. */
  findPolicy(keyArn: string): string | undefined
  stateOf(keyArn: string): KmsKeyState
  /** Throws a TypeError when there is no such key. */
  setState(keyArn: string, state: KmsKeyState): void
  /** The ARN of the account's `aws/s3` key, which every account has in every region. */
  managedKey(accountId: string, region: string): string
}

export const kmsKeyStates = ['Enabled', 'Disabled', 'PendingDeletion'] as const
export type KmsKeyState = (typeof kmsKeyStates)[number]

export function createKmsKeys(catalog: Catalog, state: State): KmsKeys {
  const { database } = catalog
  const find = database.prepare('select policy from kms_keys where arn = ?')
  const add = database.prepare('insert or ignore into kms_keys (arn, policy) values (?, ?)')
  const findState = database.prepare('select state from kms_key_states where arn = ?')
  const setState = database.prepare(
    'insert or replace into kms_key_states (arn, state) values (?, ?)',
  )
  return {
    createKey({ accountId, region, policy }) {
      const text = policy ?? accountPolicy(accountId)
      parsePolicy(text, 'resource')
      const stored = storePrincipals(state.identities, text)
      if ('unknown' in stored)
        throw new TypeError(`The key policy names ${stored.unknown}, who does not exist`)
      const arn = keyArn(accountId, region, randomUUID())
      add.run(arn, stored.text)
      return arn
    },
    findPolicy(arn) {
      const policy = find.get(arn)?.policy
      return policy === undefined ? undefined : String(policy)
    },
    stateOf(arn) {
      const state = findState.get(arn)?.state
      return kmsKeyStates.find((it) => it === state) ?? 'Enabled'
    },
    setState(arn, state) {
      if (find.get(arn) === undefined) throw new TypeError(`There is no key ${arn}`)
      setState.run(arn, state)
    },
    managedKey(accountId, region) {
      const arn = keyArn(accountId, region, uuidOf(`aws/s3 ${accountId} ${region}`))
      add.run(arn, managedPolicy(accountId, region))
      return arn
    },
  }
}

function keyArn(accountId: string, region: string, keyId: string): string {
  return `arn:aws:kms:${region}:${accountId}:key/${keyId}`
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [0, 8, 12, 16, 20].map((at, i) => hex.slice(at, [8, 12, 16, 20, 32][i])).join('-')
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
function accountPolicy(accountId: string): string {
  return policyOf({ Principal: { AWS: `arn:aws:iam::${accountId}:root` } })
}

/** Everyone in the account, through S3, and nobody else. */
function managedPolicy(accountId: string, region: string): string {
  return policyOf({
    Principal: { AWS: '*' },
    Condition: {
      StringEquals: {
        'kms:CallerAccount': accountId,
        'kms:ViaService': `s3.${region}.amazonaws.com`,
      },
    },
  })
}

function policyOf(statement: object): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...statement }],
  })
}

import { randomUUID } from 'node:crypto'
import { type Database, isUuid, type OrganizationScope, readPage } from '#database'
import { notFound } from '#errors'
import { hashKey, newKey } from './key.ts'
import type { ApiKeyRow } from './rows.ts'

export interface ApiKey {
  id: string
  name: string
  createdAt: Date
}

/** The value is returned this once; only its hash is kept. */
export async function createApiKey(
  scope: OrganizationScope,
  input: { name: string },
): Promise<ApiKey & { value: string }> {
  const value = newKey()
  const row = {
    id: randomUUID(),
    name: input.name,
    sha256: hashKey(value),
    created_at: scope.clock.now(),
    revoked_at: null,
  }
  await scope.insertInto('api_keys', row).execute()
  return { ...apiKeyOf(row), value }
}

export async function listApiKeys(
  scope: OrganizationScope,
  page: { offset: number; limit: number },
): Promise<{ items: ApiKey[]; totalCount: number }> {
  const valid = scope.selectFrom('api_keys').where('revoked_at', 'is', null)
  const query = valid.selectAll().orderBy('created_at').orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(apiKeyOf), totalCount }
}

/** Throws NOT_FOUND; a revoked key is gone. */
export async function getApiKey(scope: OrganizationScope, id: string): Promise<ApiKey> {
  if (!isUuid(id)) throw notFound('API key', id)
  const row = await scope
    .selectFrom('api_keys')
    .selectAll()
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) throw notFound('API key', id)
  return apiKeyOf(row)
}

/** A valid key, whosever it is; the operator's bootstrap key is none of those that are stored. */
export async function findApiKeyByHash(
  database: Database,
  hash: string,
): Promise<ApiKey | undefined> {
  const row = await database.db
    .selectFrom('api_keys')
    .selectAll()
    .where('sha256', '=', hash)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return row && apiKeyOf(row)
}

/** From the next request on the key is refused. Throws NOT_FOUND, also the second time. */
export async function revokeApiKey(scope: OrganizationScope, id: string): Promise<ApiKey> {
  const key = await getApiKey(scope, id)
  await scope
    .updateTable('api_keys')
    .set({ revoked_at: scope.clock.now() })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .execute()
  return key
}

function apiKeyOf(row: Pick<ApiKeyRow, 'id' | 'name' | 'created_at'>): ApiKey {
  return { id: row.id, name: row.name, createdAt: row.created_at }
}

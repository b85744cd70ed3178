/**
 * Whose data it is. The operator's own organization stands above all; root organizations are its
 * customers, and each may have sub-organizations. An API key acts in its own organization and in that
 * one's sub-organizations, and nowhere else.
 */
import { randomUUID } from 'node:crypto'
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely'
import {
  asOrganizationId,
  type Clock,
  type Database,
  isUuid,
  type OrganizationId,
  type OrganizationScope,
  prepare,
  readPage,
  type Tables,
} from '#database'
import { CallerError, notFound } from '#errors'
import type { OrganizationRow } from './rows.ts'

export { findApiKeyByHash } from './api-keys.ts'
export { type Authenticate, createAuthenticator, type SessionKeys } from './authenticate.ts'
export { hashKey, newKey } from './key.ts'
export { organizationRoutes } from './routes.ts'
export { OrganizationAnswer, writeOrganization } from './schema.ts'

export interface Organization {
  id: OrganizationId
  name: string
  parentId: OrganizationId | undefined
  labelColor: string | undefined
  isOperator: boolean
  createdAt: Date
  modifiedAt: Date
}

type OrganizationKind = 'ROOT_ORGANIZATION' | 'SUB_ORGANIZATION'

/** Which organizations a caller may see and create: all for the operator at home, else their own. */
interface OrganizationView {
  database: Database
  scope: OrganizationScope
  seesAll: boolean
}

/** The operator sees every organization, unless they act in a customer's place. */
export async function openView(
  database: Database,
  caller: { scope: OrganizationScope; isOperator: boolean },
): Promise<OrganizationView> {
  const { scope } = caller
  if (!caller.isOperator) return { database, scope, seesAll: false }
  const own = await findOrganization(database.db, scope.organizationId)
  return { database, scope, seesAll: own?.isOperator === true }
}

interface NewOrganization {
  name: string
  kind: OrganizationKind | undefined
  labelColor: string | undefined
}

/** A root organization for the operator at home; for everyone else a sub-organization of their own. */
export async function createOrganization(
  view: OrganizationView,
  input: NewOrganization,
): Promise<Organization> {
  const { db } = view.database
  const kind = input.kind ?? (view.seesAll ? 'ROOT_ORGANIZATION' : 'SUB_ORGANIZATION')
  const parent = await findOrganization(db, view.scope.organizationId)
  refuseCreation(view, { kind, parent })
  const now = view.scope.clock.now()
  const row: OrganizationRow = {
    id: asOrganizationId(randomUUID()),
    parent_id: kind === 'SUB_ORGANIZATION' ? view.scope.organizationId : null,
    name: input.name,
    label_color: input.labelColor ?? null,
    is_operator: false,
    created_at: now,
    modified_at: now,
  }
  await db.insertInto('organizations').values(row).execute()
  return organizationOf(row)
}

function refuseCreation(
  view: OrganizationView,
  asked: { kind: OrganizationKind; parent: Organization | undefined },
): void {
  if (asked.kind === 'ROOT_ORGANIZATION') {
    if (view.seesAll) return
    throw new CallerError(
      'FORBIDDEN',
      'Only the operator creates root organizations. Leave type out, or send SUB_ORGANIZATION, ' +
        'for a sub-organization of your own.',
    )
  }
  if (asked.parent?.isOperator || asked.parent?.parentId !== undefined)
    throw new CallerError(
      'CONFLICT',
      'Only a root organization has sub-organizations. Send X-Tenant-Org-Id with the root ' +
        'organization that it shall belong to.',
    )
}

export async function listOrganizations(
  view: OrganizationView,
  page: { offset: number; limit: number },
): Promise<{ items: Organization[]; totalCount: number }> {
  const own = view.scope.organizationId
  return pageOrganizations(view, page, (eb) =>
    view.seesAll ? eb.lit(true) : eb.or([eb('id', '=', own), eb('parent_id', '=', own)]),
  )
}

export async function listSubOrganizations(
  view: OrganizationView,
  parent: string,
  page: { offset: number; limit: number },
): Promise<{ items: Organization[]; totalCount: number }> {
  const { id } = await getOrganization(view, parent)
  return pageOrganizations(view, page, (eb) => eb('parent_id', '=', id))
}

type Filter = (eb: ExpressionBuilder<Tables, 'organizations'>) => Expression<SqlBool>

async function pageOrganizations(
  view: OrganizationView,
  page: { offset: number; limit: number },
  filter: Filter,
): Promise<{ items: Organization[]; totalCount: number }> {
  const matching = view.database.db.selectFrom('organizations').where(filter)
  const query = matching.selectAll().orderBy('created_at').orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(organizationOf), totalCount }
}

/** Throws NOT_FOUND for one that the caller may not see, as for one that is not there. */
export async function getOrganization(view: OrganizationView, id: string): Promise<Organization> {
  const own = view.scope.organizationId
  const found = await findOrganization(view.database.db, asOrganizationId(id))
  const isVisible = view.seesAll || found?.id === own || found?.parentId === own
  if (found === undefined || !isVisible) throw notFound('organization', id)
  return found
}

/** The operator's own organization, made when the database is new. */
export async function ensureOperatorOrganization(
  database: Database,
  clock: Clock,
): Promise<Organization> {
  const now = clock.now()
  await database.db
    .insertInto('organizations')
    .values({
      id: asOrganizationId(randomUUID()),
      parent_id: null,
      name: 'Operator',
      label_color: null,
      is_operator: true,
      created_at: now,
      modified_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await database.db
    .selectFrom('organizations')
    .selectAll()
    .where('is_operator', '=', true)
    .executeTakeFirstOrThrow()
  return organizationOf(row)
}

/** Whatever it is asked with: an id that is no UUID finds nothing. */
export async function findOrganization(
  db: Kysely<Tables>,
  id: string,
): Promise<Organization | undefined> {
  if (!isUuid(id)) return undefined
  const row = await db
    .selectFrom('organizations')
    .selectAll()
    .where('id', '=', asOrganizationId(id))
    .executeTakeFirst()
  return row && organizationOf(row)
}

/** The one that a valid API key belongs to. */
export async function findOrganizationOfKey(
  db: Kysely<Tables>,
  keyHash: string,
): Promise<Organization | undefined> {
  const [row] = await organizationOfKey(db, { keyHash })
  return row && organizationOf(row)
}

const organizationOfKey = prepare(['keyHash'], (db, { keyHash }: { keyHash: string }) =>
  db
    .selectFrom('organizations')
    .innerJoin('api_keys', 'api_keys.organization_id', 'organizations.id')
    .selectAll('organizations')
    .where('api_keys.sha256', '=', keyHash)
    .where('api_keys.revoked_at', 'is', null),
)

function organizationOf(row: OrganizationRow): Organization {
  return {
    id: row.id,
    name: row.name,
    parentId: row.parent_id ?? undefined,
    labelColor: row.label_color ?? undefined,
    isOperator: row.is_operator,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }
}

import { Type } from 'typebox'
import type { Database } from '#database'
import { type Caller, PageQuery, pageOf, pageSchema, type Routes } from '#http'
import { createApiKey, getApiKey, listApiKeys, revokeApiKey } from './api-keys.ts'
import {
  createOrganization,
  getOrganization,
  listOrganizations,
  listSubOrganizations,
  openView,
} from './organizations.ts'
import {
  ApiKeyAnswer,
  ApiKeyBody,
  CreatedApiKeyAnswer,
  OrganizationAnswer,
  OrganizationBody,
  writeApiKey,
  writeOrganization,
} from './schema.ts'

const ById = Type.Object({ id: Type.String() })

/** /account/organizations and /account/api-keys. */
export function organizationRoutes({ database }: { database: Database }): Routes {
  const viewOf = (request: { caller: Caller }) => openView(database, request.caller)
  return (app) => {
    addOrganizations(app, viewOf)
    addApiKeys(app)
  }
}

function addOrganizations(
  app: Parameters<Routes>[0],
  viewOf: (request: { caller: Caller }) => ReturnType<typeof openView>,
): void {
  const tags = ['Organizations']
  app.post(
    '/account/organizations',
    {
      schema: {
        operationId: 'createOrganization',
        summary: 'Create an organization, or a sub-organization of one’s own',
        tags,
        body: OrganizationBody,
        response: { 201: OrganizationAnswer },
      },
    },
    async (request) => {
      const { name, type, labelColor } = request.body
      const input = { name, kind: type, labelColor }
      return writeOrganization(await createOrganization(await viewOf(request), input))
    },
  )
  app.get(
    '/account/organizations',
    {
      schema: {
        operationId: 'listOrganizations',
        summary: 'List the organizations that the key may act in',
        tags,
        querystring: PageQuery,
        response: { 200: pageSchema(OrganizationAnswer) },
      },
    },
    async (request) => {
      const found = await listOrganizations(await viewOf(request), request.query)
      return pageOf(request, found, writeOrganization)
    },
  )
  app.get(
    '/account/organizations/:id',
    {
      schema: {
        operationId: 'getOrganization',
        summary: 'Get an organization',
        tags,
        params: ById,
        response: { 200: OrganizationAnswer },
      },
    },
    async (request) =>
      writeOrganization(await getOrganization(await viewOf(request), request.params.id)),
  )
  app.get(
    '/account/organizations/:id/sub-organizations',
    {
      schema: {
        operationId: 'listSubOrganizations',
        summary: 'List the sub-organizations of an organization',
        tags,
        params: ById,
        querystring: PageQuery,
        response: { 200: pageSchema(OrganizationAnswer) },
      },
    },
    async (request) => {
      const view = await viewOf(request)
      const found = await listSubOrganizations(view, request.params.id, request.query)
      return pageOf(request, found, writeOrganization)
    },
  )
}

function addApiKeys(app: Parameters<Routes>[0]): void {
  const tags = ['API keys']
  app.post(
    '/account/api-keys',
    {
      config: { bodyOptional: true },
      schema: {
        operationId: 'createApiKey',
        summary: 'Create an API key; its value is shown this once',
        tags,
        body: ApiKeyBody,
        response: { 201: CreatedApiKeyAnswer },
      },
    },
    async (request) => {
      const key = await createApiKey(request.caller.scope, {
        name: request.body.name ?? 'API key',
      })
      return { ...writeApiKey(key), value: key.value }
    },
  )
  app.get(
    '/account/api-keys',
    {
      schema: {
        operationId: 'listApiKeys',
        summary: 'List the API keys of the organization, without their values',
        tags,
        querystring: PageQuery,
        response: { 200: pageSchema(ApiKeyAnswer) },
      },
    },
    async (request) =>
      pageOf(request, await listApiKeys(request.caller.scope, request.query), writeApiKey),
  )
  app.get(
    '/account/api-keys/:id',
    {
      schema: {
        operationId: 'getApiKey',
        summary: 'Get an API key, without its value',
        tags,
        params: ById,
        response: { 200: ApiKeyAnswer },
      },
    },
    async (request) => writeApiKey(await getApiKey(request.caller.scope, request.params.id)),
  )
  app.delete(
    '/account/api-keys/:id',
    {
      schema: {
        operationId: 'deleteApiKey',
        summary: 'Revoke an API key',
        tags,
        params: ById,
        response: { 200: ApiKeyAnswer },
      },
    },
    async (request) => writeApiKey(await revokeApiKey(request.caller.scope, request.params.id)),
  )
}

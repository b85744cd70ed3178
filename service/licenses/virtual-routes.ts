import { Type } from 'typebox'
import { PageQuery, pageOf, pageSchema, type Routes } from '#http'
import {
  createVirtualLicense,
  deleteVirtualLicense,
  getVirtualLicense,
  listVirtualLicenses,
  updateVirtualLicense,
} from './virtual-licenses.ts'
import {
  readVirtualLicense,
  VirtualLicenseAnswer,
  VirtualLicenseBody,
  writeVirtualLicense,
} from './virtual-schema.ts'

const tags = ['Virtual licenses']
const all = '/analytics/virtual-licenses'
const one = '/analytics/virtual-licenses/:id'
const ById = Type.Object({ id: Type.String() })

export function addVirtualLicenses(app: Parameters<Routes>[0]): void {
  app.post(
    all,
    {
      schema: {
        operationId: 'createVirtualLicense',
        summary: 'Create a virtual license: several licenses under one id',
        tags,
        body: VirtualLicenseBody,
        response: { 201: VirtualLicenseAnswer },
      },
    },
    async ({ caller, body }) =>
      writeVirtualLicense(await createVirtualLicense(caller.scope, readVirtualLicense(body))),
  )
  app.get(
    all,
    {
      schema: {
        operationId: 'listVirtualLicenses',
        summary: 'List virtual licenses',
        tags,
        querystring: PageQuery,
        response: { 200: pageSchema(VirtualLicenseAnswer) },
      },
    },
    async (request) => {
      const found = await listVirtualLicenses(request.caller.scope, request.query)
      return pageOf(request, found, writeVirtualLicense)
    },
  )
  app.get(
    one,
    {
      schema: {
        operationId: 'getVirtualLicense',
        summary: 'Get a virtual license',
        tags,
        params: ById,
        response: { 200: VirtualLicenseAnswer },
      },
    },
    async ({ caller, params }) =>
      writeVirtualLicense(await getVirtualLicense(caller.scope, params.id)),
  )
  app.put(
    one,
    {
      schema: {
        operationId: 'updateVirtualLicense',
        summary: 'Replace a virtual license; export tasks keep the licenses that they began with',
        tags,
        params: ById,
        body: VirtualLicenseBody,
        response: { 200: VirtualLicenseAnswer },
      },
    },
    async ({ caller, params, body }) =>
      writeVirtualLicense(
        await updateVirtualLicense(caller.scope, params.id, readVirtualLicense(body)),
      ),
  )
  app.delete(
    one,
    {
      schema: {
        operationId: 'deleteVirtualLicense',
        summary: 'Delete a virtual license; its licenses and their samples stay',
        tags,
        params: ById,
        response: { 200: Type.Object({ id: Type.String() }) },
      },
    },
    async ({ caller, params }) => {
      await deleteVirtualLicense(caller.scope, params.id)
      return { id: params.id }
    },
  )
}

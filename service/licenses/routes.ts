import { Type } from 'typebox'
import { PageQuery, pageOf, pageSchema, type Routes } from '#http'
import { createLicense, getLicense, listLicenses } from './licenses.ts'
import { LicenseAnswer, LicenseBody, readLicense, writeLicense } from './schema.ts'

const tags = ['Licenses']

/** /analytics/licenses, and the demo licenses that a dashboard asks for: there are none. */
export function licenseRoutes(): Routes {
  return (app) => {
    app.post(
      '/analytics/licenses',
      {
        schema: {
          operationId: 'createLicense',
          summary: 'Create a license',
          tags,
          body: LicenseBody,
          response: { 201: LicenseAnswer },
        },
      },
      async (request) =>
        writeLicense(await createLicense(request.caller.scope, readLicense(request.body))),
    )
    app.get(
      '/analytics/licenses',
      {
        schema: {
          operationId: 'listLicenses',
          summary: 'List licenses',
          tags,
          querystring: PageQuery,
          response: { 200: pageSchema(LicenseAnswer) },
        },
      },
      async (request) => {
        const { items, totalCount } = await listLicenses(request.caller.scope, request.query)
        return pageOf(request, { items: items.map(writeLicense), totalCount })
      },
    )
    app.get(
      '/analytics/licenses/:id',
      {
        schema: {
          operationId: 'getLicense',
          summary: 'Get a license',
          tags,
          params: Type.Object({ id: Type.String() }),
          response: { 200: LicenseAnswer },
        },
      },
      async (request) => writeLicense(await getLicense(request.caller.scope, request.params.id)),
    )
    app.get(
      '/analytics/demo-licenses',
      {
        schema: {
          operationId: 'listDemoLicenses',
          summary: 'List demo licenses: always empty',
          tags,
          querystring: PageQuery,
          response: { 200: pageSchema(LicenseAnswer) },
        },
      },
      async (request) => pageOf(request, { items: [], totalCount: 0 }),
    )
  }
}

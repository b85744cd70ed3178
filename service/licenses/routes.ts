import { Type } from 'typebox'
import type { Database } from '#database'
import { TransientError } from '#errors'
import { PageQuery, pageOf, pageSchema, type Routes } from '#http'
import type { Samples } from '#samples'
import { addDomain, deleteDomain } from './domains.ts'
import {
  createLicense,
  forgetLicense,
  getLicense,
  type LicenseDetails,
  listLicenses,
  updateLicense,
} from './licenses.ts'
import { addSamples } from './sample-routes.ts'
import {
  DomainAnswer,
  DomainBody,
  LicenseAnswer,
  LicenseBody,
  LicenseChangeBody,
  readChange,
  readLicense,
  writeLicense,
} from './schema.ts'
import { addVirtualLicenses } from './virtual-routes.ts'

interface LicenseParts {
  database: Database
  samples: Pick<Samples, 'countPlays' | 'countHours' | 'readNewestRows'>
}

const tags = ['Licenses']
const ById = Type.Object({ id: Type.String() })

/** /analytics/licenses with their domains, and /analytics/virtual-licenses. */
export function licenseRoutes(parts: LicenseParts): Routes {
  return (app) => {
    addLicenses(app, parts)
    addDomains(app, parts)
    addSamples(app, parts.samples)
    addVirtualLicenses(app)
  }
}

function addLicenses(app: Parameters<Routes>[0], parts: LicenseParts): void {
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
      writeLicense(await createLicense(request.caller.scope, readLicense(request.body)), 0),
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
      const found = await listLicenses(request.caller.scope, request.query)
      const plays = await findPlays(parts, found.items)
      return pageOf(request, found, (license) => writeLicense(license, plays(license)))
    },
  )
  app.get(
    '/analytics/licenses/:id',
    {
      schema: {
        operationId: 'getLicense',
        summary: 'Get a license',
        tags,
        params: ById,
        response: { 200: LicenseAnswer },
      },
    },
    async (request) => writeOne(parts, await getLicense(request.caller.scope, request.params.id)),
  )
  app.put(
    '/analytics/licenses/:id',
    {
      schema: {
        operationId: 'updateLicense',
        summary: 'Change a license; players meet the change within a minute',
        tags,
        params: ById,
        body: LicenseChangeBody,
        response: { 200: LicenseAnswer },
      },
    },
    async (request) => {
      const { caller, params, body } = request
      const license = await updateLicense(caller.scope, params.id, readChange(body))
      forgetLicense(parts.database, license.licenseKey)
      return writeOne(parts, license)
    },
  )
  app.get(
    '/analytics/demo-licenses',
    {
      schema: {
        operationId: 'listDemoLicenses',
        summary: 'List demo licenses: always empty, and some dashboards ask',
        tags,
        querystring: PageQuery,
        response: { 200: pageSchema(LicenseAnswer) },
      },
    },
    async (request) => pageOf(request, { items: [], totalCount: 0 }, (none: never) => none),
  )
}

function addDomains(app: Parameters<Routes>[0], { database }: LicenseParts): void {
  app.post(
    '/analytics/licenses/:id/domains',
    {
      schema: {
        operationId: 'addLicenseDomain',
        summary: 'Allow players on one more domain; *.example.org means every host below it',
        tags,
        params: ById,
        body: DomainBody,
        response: { 201: DomainAnswer },
      },
    },
    async (request) => {
      const { caller, params, body } = request
      const { license, domain } = await addDomain(caller.scope, params.id, body.url)
      forgetLicense(database, license.licenseKey)
      return domain
    },
  )
  app.get(
    '/analytics/licenses/:id/domains',
    {
      schema: {
        operationId: 'listLicenseDomains',
        summary: 'List a license’s domains, all at once',
        tags,
        params: ById,
        response: { 200: Type.Object({ domains: Type.Array(DomainAnswer) }) },
      },
    },
    async (request) => {
      const { domains } = await getLicense(request.caller.scope, request.params.id)
      return { domains }
    },
  )
  app.delete(
    '/analytics/licenses/:id/domains/:domainId',
    {
      schema: {
        operationId: 'deleteLicenseDomain',
        summary: 'Take a domain from a license; without any, players may run anywhere',
        tags,
        params: Type.Object({ id: Type.String(), domainId: Type.String() }),
        response: { 200: Type.Object({ id: Type.String() }) },
      },
    },
    async (request) => {
      const { id, domainId } = request.params
      const license = await deleteDomain(request.caller.scope, id, domainId)
      forgetLicense(database, license.licenseKey)
      return { id: domainId }
    },
  )
}

async function writeOne(parts: LicenseParts, license: LicenseDetails) {
  const plays = await findPlays(parts, [license])
  return writeLicense(license, plays(license))
}

/** Licenses are shown while the store is down, without their plays. */
async function findPlays({ samples }: LicenseParts, licenses: LicenseDetails[]) {
  try {
    const counted = await samples.countPlays(licenses.map(({ licenseKey }) => licenseKey))
    return ({ licenseKey }: LicenseDetails) => counted.get(licenseKey) ?? 0
  } catch (error) {
    if (error instanceof TransientError) return () => undefined
    throw error
  }
}

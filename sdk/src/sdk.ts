/** A typed client of Sluice's API. Its types are generated from the service's OpenAPI document. */
import { exportSchedulesOf } from './export-schedules.ts'
import { exportTasksOf } from './export-tasks.ts'
import { externalIdRotationOf, externalIdsOf } from './external-ids.ts'
import type { components } from './generated/openapi.ts'
import { impressionsOf } from './impressions.ts'
import { licensesOf, listColumns, virtualLicensesOf } from './licenses.ts'
import { operatorOf } from './operator.ts'
import { listAll } from './pages.ts'
import { privacyDeletionsOf } from './privacy-deletions.ts'
import { type ClientOptions, createTransport, type Transport } from './transport.ts'
import { verificationOf } from './verification.ts'
import { webhooksOf } from './webhooks.ts'

export {
  AccessError,
  ConnectionError,
  ExportTaskError,
  InvalidRequestError,
  NotFoundError,
  ServiceError,
  SluiceError,
} from './errors.ts'
export type {
  ExportSchedule,
  ExportScheduleHour,
  NewExportSchedule,
} from './export-schedules.ts'
export type {
  ExportEstimate,
  ExportFile,
  ExportLogEntry,
  ExportTask,
  ExportTaskFilter,
  NewExportTask,
  WaitOptions,
} from './export-tasks.ts'
export type { ExternalId, ExternalIdRotation } from './external-ids.ts'
export type { Impression, ImpressionErrors, ImpressionQuery } from './impressions.ts'
export type {
  Column,
  Import,
  ImportReport,
  License,
  LicenseDomain,
  NewestSamples,
  NewestSamplesQuery,
  NewLicense,
  SampleHour,
  VirtualLicense,
} from './licenses.ts'
export type { FailingOutput, OperatorWorker, OrganizationQueue } from './operator.ts'
export type { List, Page } from './pages.ts'
export type {
  NewPrivacyDeletion,
  PrivacyDeletion,
  PrivacyDeletionFile,
} from './privacy-deletions.ts'
export type { BrowserSession, ClientOptions } from './transport.ts'
export type { Verification, VerificationProgress, VerifyOptions } from './verification.ts'
export type { NewWebhook, Webhook, WebhookDelivery, WebhookWithSecret } from './webhooks.ts'

type Schemas = components['schemas']
export type Organization = Schemas['Organization']
/** Of a browser, instead of an API key. */
export type Session = Schemas['Session']
export type ApiKey = Schemas['ApiKey']
export type CreatedApiKey = Schemas['CreatedApiKey']
export type S3RoleBasedOutput = Schemas['AnalyticsS3RoleBasedOutput']
/** Policies as they stand in AWS: JSON, text, or what the AWS CLI prints. */
export type PastedPolicies = Schemas['AnalyticsS3RoleBasedOutputPolicies']
/** What an export would meet, and which statement decides. */
export type Diagnosis = Schemas['AnalyticsS3RoleBasedOutputDiagnosis']
/** For a security reviewer: who gets in, how it was proved, and every use of the role. */
export type OutputReport = Schemas['AnalyticsS3RoleBasedOutputReport']
export type OutputHour = Schemas['AnalyticsS3RoleBasedOutputHours']['hours'][number]
export type OutputSetup = Schemas['AnalyticsS3RoleBasedOutputSetup']
export type Principal = Schemas['Principal']

export type Client = ReturnType<typeof createClient>

export function createClient(options: ClientOptions) {
  const transport = createTransport(options)
  return {
    session: sessionOf(transport),
    organizations: organizationsOf(transport),
    apiKeys: apiKeysOf(transport),
    licenses: licensesOf(transport),
    virtualLicenses: virtualLicensesOf(transport),
    impressions: impressionsOf(transport),
    privacyDeletions: privacyDeletionsOf(transport),
    externalIds: externalIdsOf(transport),
    outputs: outputsOf(transport),
    exportTasks: exportTasksOf(transport),
    exportSchedules: exportSchedulesOf(transport),
    webhooks: webhooksOf(transport),
    operator: operatorOf(transport),
    /** What the columns of a file mean, in its order. */
    listColumns: (type?: 'SESSIONS' | 'ADS') => listColumns(transport, type),
    /** Whom customers' roles trust. */
    getPrincipal: (): Promise<Principal> => {
      const { api, result } = transport
      return result(api.GET('/v1/analytics/principal'))
    },
  }
}

/** For pages that the service itself serves. */
function sessionOf({ api, result }: Transport) {
  const path = '/v1/console/session'
  return {
    /** The browser keeps the cookie; with it, `session: { csrfToken }` takes the key's place. */
    start: (body: Schemas['NewSession']): Promise<Session> => result(api.POST(path, { body })),
    get: (): Promise<Session> => result(api.GET(path)),
    end: async (): Promise<void> => {
      await result(api.DELETE(path))
    },
  }
}

function organizationsOf({ api, result }: Transport) {
  return {
    create: (body: Schemas['NewOrganization']): Promise<Organization> =>
      result(api.POST('/v1/account/organizations', { body })),
    get: (id: string): Promise<Organization> =>
      result(api.GET('/v1/account/organizations/{id}', { params: { path: { id } } })),
    list: () =>
      listAll((query) => result(api.GET('/v1/account/organizations', { params: { query } }))),
  }
}

function apiKeysOf({ api, result }: Transport) {
  const path = '/v1/account/api-keys/{id}'
  return {
    /** The only answer that has the key's value. */
    create: (body: Schemas['NewApiKey']): Promise<CreatedApiKey> =>
      result(api.POST('/v1/account/api-keys', { body })),
    get: (id: string): Promise<ApiKey> => result(api.GET(path, { params: { path: { id } } })),
    list: () => listAll((query) => result(api.GET('/v1/account/api-keys', { params: { query } }))),
    /** Revokes it at once. */
    delete: async (id: string): Promise<void> => {
      await result(api.DELETE(path, { params: { path: { id } } }))
    },
  }
}

function outputsOf(transport: Transport) {
  const { api, result } = transport
  const all = '/v1/analytics/outputs/s3-role-based'
  const one = '/v1/analytics/outputs/s3-role-based/{id}'
  return {
    s3RoleBased: {
      create: (body: Schemas['NewAnalyticsS3RoleBasedOutput']): Promise<S3RoleBasedOutput> =>
        result(api.POST(all, { body })),
      get: (id: string): Promise<S3RoleBasedOutput> =>
        result(api.GET(one, { params: { path: { id } } })),
      list: ({ name }: { name?: string } = {}) =>
        listAll((page) =>
          result(
            api.GET(all, { params: { query: { ...page, ...(name !== undefined && { name }) } } }),
          ),
        ),
      getCustomData: (id: string): Promise<Schemas['CustomData']> =>
        result(
          api.GET('/v1/analytics/outputs/s3-role-based/{id}/customData', {
            params: { path: { id } },
          }),
        ),
      /** What makes the role: policies, and a document for each way to get them there. */
      getSetup: (
        id: string,
        { principal }: { principal?: OutputSetup['principalForm'] } = {},
      ): Promise<OutputSetup> => {
        const query = principal === undefined ? {} : { principal }
        return result(
          api.GET('/v1/analytics/outputs/s3-role-based/{id}/setup', {
            params: { path: { id }, query },
          }),
        )
      },
      /** Of each hour of the window until now, whether it is in the bucket; at most 100 days. */
      listHours: async (
        id: string,
        window: { start: string; end: string },
      ): Promise<OutputHour[]> => {
        const found = await result(
          api.GET('/v1/analytics/outputs/s3-role-based/{id}/hours', {
            params: { path: { id }, query: window },
          }),
        )
        return found.hours
      },
      /** Every use of the role, the newest first; `from` and `to` are instants, half-open. */
      listAccesses: (id: string, window: { from?: string; to?: string } = {}) =>
        listAll((page) =>
          result(
            api.GET('/v1/analytics/outputs/s3-role-based/{id}/accesses', {
              params: { path: { id }, query: { ...page, ...window } },
            }),
          ),
        ),
      /** Its `documents` have the same as Markdown and HTML. */
      getReport: (id: string, query: { days?: number } = {}): Promise<OutputReport> =>
        result(
          api.GET('/v1/analytics/outputs/s3-role-based/{id}/report', {
            params: { path: { id }, query },
          }),
        ),
      /** Says from pasted policies what an export would meet. AWS is not asked, nothing is kept. */
      diagnose: (id: string, body: PastedPolicies): Promise<Diagnosis> =>
        result(
          api.POST('/v1/analytics/outputs/s3-role-based/{id}/doctor', {
            params: { path: { id } },
            body,
          }),
        ),
      ...verificationOf(transport),
      externalIdRotation: externalIdRotationOf(transport),
      delete: async (id: string): Promise<void> => {
        await result(api.DELETE(one, { params: { path: { id } } }))
      },
    },
  }
}

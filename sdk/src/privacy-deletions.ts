import type { components } from './generated/openapi.ts'
import { listAll } from './pages.ts'
import type { Transport } from './transport.ts'

type Schemas = components['schemas']
/** The record of a deletion; it has no id of the person. */
export type PrivacyDeletion = Schemas['PrivacyDeletion']
/** Exactly one of userId, customUserId and impressionId. */
export type NewPrivacyDeletion = Schemas['NewPrivacyDeletion']
export type PrivacyDeletionFile = Schemas['PrivacyDeletionFile']

export function privacyDeletionsOf({ api, result }: Transport) {
  const all = '/v1/analytics/privacy/deletions'
  const one = '/v1/analytics/privacy/deletions/{id}'
  const files = '/v1/analytics/privacy/deletions/{id}/files'
  return {
    /** Of one person, named in one way. Resolves when nothing is kept of them; safe to repeat. */
    create: (body: NewPrivacyDeletion): Promise<PrivacyDeletion> => result(api.POST(all, { body })),
    get: (id: string): Promise<PrivacyDeletion> =>
      result(api.GET(one, { params: { path: { id } } })),
    /** The newest first. */
    list: () => listAll((query) => result(api.GET(all, { params: { query } }))),
    /** Exported files that hold the person's rows. */
    listFiles: (id: string) =>
      listAll((query) => result(api.GET(files, { params: { path: { id }, query } }))),
  }
}

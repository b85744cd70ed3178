import createFetchClient, { type Client, type Middleware } from 'openapi-fetch'
import { ConnectionError, errorOf, InvalidRequestError, SluiceError } from './errors.ts'
import type { paths } from './generated/openapi.ts'

export type ClientOptions = {
  /** `http://127.0.0.1:8080/v1` */
  apiUrl: string
  /** Acts in this organization instead of the key's own. */
  organizationId?: string | undefined
} & ({ apiKey: string } | { session: BrowserSession })

/** A page of the service itself has a cookie instead of a key. */
export interface BrowserSession {
  /** Of `client.session.get()`; without it nothing can be changed. */
  csrfToken?: string | undefined
}

/** Requests with key and organization, typed by the paths of the API. */
export interface Transport {
  readonly api: Client<paths>
  /** The `result` of an answer. Throws SluiceError, ConnectionError, or the signal's reason. */
  result<Result>(answer: Promise<Answer<Result>>): Promise<Result>
  /** A request whose body is a stream. */
  stream(path: string, init: RequestInit): Promise<unknown>
}

interface Answer<Result> {
  data?: { data: { result: Result } }
  error?: unknown
  response: Response
}

export function createTransport(options: ClientOptions): Transport {
  const apiUrl = options.apiUrl.replace(/\/+$/, '')
  const headers = {
    ...credentialsOf(options),
    ...(options.organizationId !== undefined && { 'X-Tenant-Org-Id': options.organizationId }),
  }
  const api = createFetchClient<paths>({ baseUrl: apiUrl.replace(/\/v1$/, ''), headers })
  api.use(refuseEmptyIds)

  async function result<Result>(answer: Promise<Answer<Result>>): Promise<Result> {
    const { data, error, response } = await answer.catch((cause: unknown) => {
      throw connectionError(apiUrl, cause)
    })
    if (data !== undefined) return data.data.result
    throw errorOf(response, error)
  }

  async function stream(path: string, init: RequestInit): Promise<unknown> {
    const merged = { ...init, headers: { ...headers, ...init.headers } }
    const response = await fetch(`${apiUrl}${path}`, merged).catch((cause: unknown) => {
      throw connectionError(apiUrl, cause)
    })
    const body: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw errorOf(response, body)
    return Object(Object(body).data).result
  }

  return { api, result, stream }
}

function credentialsOf(options: ClientOptions): Record<string, string> {
  if ('apiKey' in options) return { 'X-Api-Key': options.apiKey }
  const { csrfToken } = options.session
  return csrfToken === undefined ? {} : { 'X-Csrf-Token': csrfToken }
}

/** Without its id, the path of one thing is that of all: a script with an unset variable would read a list. */
const refuseEmptyIds: Middleware = {
  onRequest: ({ params }) => {
    if (!Object.values(params.path ?? {}).includes('')) return
    throw new InvalidRequestError('The id is empty.', {
      code: 'INVALID_REQUEST',
      status: 400,
      requestId: undefined,
      details: [],
      retryAfterSeconds: undefined,
    })
  },
}

/** An abort is the caller's own; anything else of fetch is the network. */
function connectionError(apiUrl: string, cause: unknown): unknown {
  if (cause instanceof SluiceError) return cause
  const isAbort = cause instanceof Error && ['AbortError', 'TimeoutError'].includes(cause.name)
  return isAbort ? cause : new ConnectionError(apiUrl, cause)
}

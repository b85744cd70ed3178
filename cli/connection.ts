import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, createClient } from '@sluice/sdk'
import { UsageError } from './exit.ts'

/** Options that every command takes. */
export interface GlobalOptions {
  apiUrl?: string
  apiKey?: string
  organization?: string
  json?: boolean
}

/** Where the service is and who asks. */
interface Connection {
  apiUrl: string
  apiKey: string
  organizationId: string | undefined
}

interface DevOrganization {
  id: string
  name: string
  apiKey: string
}

interface DevFile {
  apiUrl: string
  organizations: DevOrganization[]
}

const API_URL_DEFAULT = 'http://127.0.0.1:8080/v1'
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/**
 * Options first, then the environment, where an empty variable is an absent one, then a `npm run dev` that
 * runs in this repository.
 */
function findConnection(options: GlobalOptions, env: NodeJS.ProcessEnv): Connection {
  const apiUrl = options.apiUrl ?? (env.SLUICE_API_URL?.trim() || undefined)
  if (apiUrl !== undefined && !/^https?:\/\/./.test(apiUrl))
    throw new UsageError(`The API's URL must be one such as ${API_URL_DEFAULT}, not '${apiUrl}'.`)
  const apiKey = options.apiKey ?? env.SLUICE_API_KEY?.trim()
  if (apiKey !== undefined && apiKey !== '')
    return {
      apiUrl: apiUrl ?? API_URL_DEFAULT,
      apiKey,
      organizationId: options.organization,
    }
  const dev = apiUrl === undefined ? readDevFile(env) : undefined
  if (dev === undefined)
    throw new UsageError(
      'No API key is given. Set SLUICE_API_KEY, or add --api-key; with npm run dev running in this ' +
        'repository, neither is needed.',
    )
  return { apiUrl: dev.apiUrl, ...chooseOrganization(dev, options.organization) }
}

export function connect(options: GlobalOptions): { client: Client; connection: Connection } {
  const connection = findConnection(options, process.env)
  return { client: createClient(connection), connection }
}

/** By id or by name; the first when none is asked for, and in another one that it may act in. */
function chooseOrganization(dev: DevFile, asked: string | undefined) {
  const [first] = dev.organizations
  const found =
    asked === undefined ? first : dev.organizations.find((it) => [it.id, it.name].includes(asked))
  if (found !== undefined) return { apiKey: found.apiKey, organizationId: undefined }
  if (first !== undefined && asked !== undefined && UUID.test(asked))
    return { apiKey: first.apiKey, organizationId: asked }
  const names = dev.organizations.map(({ name }) => `'${name}'`).join(', ')
  throw new UsageError(`npm run dev has no organization '${asked}'; it has ${names}.`)
}

/** The file exists while a dev world runs. */
function readDevFile(env: NodeJS.ProcessEnv): DevFile | undefined {
  const directory = env.SLUICE_DATA_DIR ?? join(import.meta.dirname, '..', '.sluice')
  try {
    return JSON.parse(readFileSync(join(directory, 'dev.json'), 'utf8')) as DevFile
  } catch {
    return undefined
  }
}

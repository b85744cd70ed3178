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
export interface Connection {
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

/** Options first, then the environment, then a `npm run dev` that runs in this repository. */
export function findConnection(options: GlobalOptions, env: NodeJS.ProcessEnv): Connection {
  const apiUrl = options.apiUrl ?? env.SLUICE_API_URL
  const apiKey = options.apiKey ?? env.SLUICE_API_KEY
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
  const { apiKey: devKey } = chooseOrganization(dev, options.organization)
  return { apiUrl: dev.apiUrl, apiKey: devKey, organizationId: undefined }
}

export function connect(options: GlobalOptions): { client: Client; connection: Connection } {
  const connection = findConnection(options, process.env)
  return { client: createClient(connection), connection }
}

/** By id or by name; the first when none is asked for. */
function chooseOrganization(dev: DevFile, asked: string | undefined): DevOrganization {
  const [first] = dev.organizations
  const found =
    asked === undefined ? first : dev.organizations.find((it) => [it.id, it.name].includes(asked))
  if (found !== undefined) return found
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

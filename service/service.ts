import type { STSClientConfig } from '@aws-sdk/client-sts'
import type { Config } from '#config'
import { type Clock, type Database, openDatabase } from '#database'
import { createServer, type Routes } from '#http'
import { licenseRoutes } from '#licenses'
import { createAuthenticator, organizationRoutes } from '#organizations'
import { openTelemetry, type Telemetry } from '#telemetry'
import { type PrincipalCheck, startPrincipalCheck } from './principal.ts'

export interface Service extends AsyncDisposable {
  readonly url: string
  readonly apiUrl: string
  /** Stops by running out of work: open requests are answered, then the parts close in turn. */
  close(): Promise<void>
}

/** Where AWS is and who we are there. Empty, the SDK's own default chain says both. */
export type AwsClient = Pick<STSClientConfig, 'endpoint' | 'region' | 'credentials'>

export interface ServiceOptions {
  clock?: Clock
  telemetry?: Telemetry
  aws?: AwsClient
}

export const systemClock: Clock = { now: () => new Date() }

/** What the features' routes need. */
export interface Parts {
  config: Config
  database: Database
  clock: Clock
}

export function routesOf(parts: Parts): { routes: Routes[]; rootRoutes: Routes[] } {
  return {
    routes: [organizationRoutes(parts), licenseRoutes()],
    rootRoutes: [],
  }
}

/** Opens every part in the order of their need, and leaves nothing open when one of them fails. */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  await using opened = new AsyncDisposableStack()
  const clock = options.clock ?? systemClock
  const telemetry = options.telemetry ?? openOwnTelemetry(config, opened)
  const database = opened.use(await openDatabase(databaseOptions(config)))
  const principal = opened.use(
    await startPrincipalCheck({
      principalArn: config.aws.principalArn,
      client: options.aws ?? {},
      log: telemetry.log,
    }),
  )
  const { bootstrapApiKey } = config
  const app = await createServer({
    clock,
    telemetry,
    authenticate: await createAuthenticator({ database, clock, bootstrapApiKey }),
    readiness: () => listProblems(database, principal),
    ...routesOf({ config, database, clock }),
  })
  opened.defer(() => app.close())
  const url = await app.listen(config.http)
  const everything = opened.move()
  const close = () => everything.disposeAsync()
  return { url, apiUrl: `${url}/v1`, close, [Symbol.asyncDispose]: close }
}

function openOwnTelemetry(config: Config, opened: AsyncDisposableStack): Telemetry {
  const telemetry = openTelemetry({ level: config.logLevel })
  opened.defer(() => telemetry.close())
  return telemetry
}

/** Why the service cannot do its work now, a sentence each. */
async function listProblems(database: Database, principal: PrincipalCheck): Promise<string[]> {
  const isReachable = await database.ping().then(
    () => true,
    () => false,
  )
  const problems = [isReachable ? undefined : 'The database does not answer.', principal.problem()]
  return problems.filter((problem) => problem !== undefined)
}

function databaseOptions({ dataDirectory, databaseUrl }: Config) {
  return { dataDirectory, ...(databaseUrl && { url: databaseUrl.open() }) }
}

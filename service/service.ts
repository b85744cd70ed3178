import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { STSClientConfig } from '@aws-sdk/client-sts'
import type { Config } from '#config'
import {
  consolePages,
  createSignInLinks,
  openSessions,
  type Sessions,
  type SignInLinks,
  sessionRoutes,
} from '#console'
import { type Clock, type Database, openDatabase, startSharedClock } from '#database'
import { type Delivery, type DeliveryOptions, openDelivery, type UploadSizes } from '#delivery'
import { doctorRoutes } from '#doctor'
import { evidenceRoutes } from '#evidence'
import { exportRoutes, startWorker, type WorkerDeps, type WorkerOptions } from '#exports'
import { createServer, type Routes } from '#http'
import { impressionRoutes } from '#impressions'
import {
  type CollectorLimits,
  collectorRoutes,
  createCollectorLimits,
  importRoutes,
  type Locations,
  openLocations,
} from '#ingest'
import { licenseRoutes } from '#licenses'
import { operatorRoutes } from '#operator'
import { type Authenticate, createAuthenticator, organizationRoutes } from '#organizations'
import { outputRoutes, type RotationProof } from '#outputs'
import { privacyRoutes, startDeletions } from '#privacy'
import { openSamples, type Samples } from '#samples'
import { scheduleRoutes, startSchedules } from '#schedules'
import { keyOfDirectory, openSealing, type Sealing } from '#sealing'
import { openSpool } from '#spool'
import { openTelemetry, type Telemetry } from '#telemetry'
import { startTracing } from '#tracing'
import { openBucketOf, rotationProofOf, startRechecks, verificationRoutes } from '#verification'
import { sealAnew, startSender, webhookRoutes } from '#webhooks'
import { openClickhouse } from './clickhouse.ts'
import { addGauges, type GaugeParts } from './gauges.ts'
import { startPrincipalCheck } from './principal.ts'
import { readReadiness } from './readiness.ts'

export interface Service extends AsyncDisposable {
  readonly url: string
  readonly apiUrl: string
  /** An address that signs a browser on this machine in, once. Throws unless `signInLinks` was asked for. */
  signInLink(apiKey: string): string
  /** Stops by running out of work: open requests are answered, then the parts close in turn. */
  close(): Promise<void>
}

/** Where AWS is and who we are there. Empty, the SDK's own default chain says both. */
type AwsClient = Pick<STSClientConfig, 'endpoint' | 'region' | 'credentials'>

interface ServiceOptions {
  clock?: Clock
  /** AWS's time, which stands for the time that passes too. Absent: the machine's, and performance.now(). */
  awsClock?: Clock
  telemetry?: Telemetry
  aws?: AwsClient
  proofTiming?: DeliveryOptions['timing']
  /** When a file goes in parts. Absent: as `#delivery` has it. */
  sizes?: UploadSizes
  worker?: Partial<WorkerOptions>
  /** How often a process looks for a role to probe again. */
  recheckPollMs?: number
  /** How often a process looks for a webhook's message that is due. */
  webhookPollMs?: number
  /** For a laptop's world alone. */
  signInLinks?: boolean
  /** `worker`: carries out export tasks, and answers only those who run it. Absent: all there is. */
  role?: 'worker'
}

/** Tasks that one process carries out at once, and how long an idle worker waits before it looks again. */
const workerDefault = { concurrency: 2, pollMs: 500 }
/** How long a process waits before it looks again whether an export schedule is due. */
const schedules = { pollMs: 1000 }

export const systemClock: Clock = { now: () => new Date() }

/** What the features' routes need. */
export interface Parts {
  config: Config
  database: Database
  clock: Clock
  samples: Samples
  delivery: Delivery
  telemetry: Telemetry
  rotationProof: RotationProof
  locations: Locations
  limits: CollectorLimits
  sessions: Sessions
  authenticate: Authenticate
  signInLinks: SignInLinks | undefined
  sealing: Sealing
}

export function routesOf(parts: Parts): { routes: Routes[]; rootRoutes: Routes[] } {
  return {
    routes: [
      sessionRoutes(parts),
      organizationRoutes(parts),
      licenseRoutes(parts),
      outputRoutes(parts),
      doctorRoutes(parts),
      verificationRoutes(parts),
      evidenceRoutes(parts),
      exportRoutes(parts),
      scheduleRoutes(parts),
      operatorRoutes(parts),
      webhookRoutes(parts),
      importRoutes(parts),
      impressionRoutes(parts),
      privacyRoutes(parts),
    ],
    rootRoutes: [collectorRoutes(parts), consolePages()],
  }
}

/** Opens every part in the order of their need, and leaves nothing open when one of them fails. */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  await using opened = new AsyncDisposableStack()
  const telemetry = options.telemetry ?? openOwnTelemetry(config, opened)
  if (config.tracesEndpoint) opened.use(await startTracing(config.tracesEndpoint.open()))
  const database = opened.use(await openDatabase(databaseOptions(config)))
  const clock = options.clock ?? (await openOwnClock({ database, telemetry }, opened))
  const principal = opened.use(
    await startPrincipalCheck({
      principalArn: config.aws.principalArn,
      client: options.aws ?? {},
      log: telemetry.log,
    }),
  )
  const samples = await openOwnSamples({ config, database, clock, telemetry }, opened)
  const delivery = opened.use(
    openOwnDelivery({ config, clock: options.awsClock ?? systemClock, telemetry }, options),
  )
  const { principalArn } = config.aws
  const rotationProof = rotationProofOf({ database, delivery, telemetry, principalArn })
  const { geoipFiles, trustedProxies, rates } = config.collector
  const locations = opened.use(await openLocations(geoipFiles, telemetry.log))
  const limits = createCollectorLimits(rates)
  const sealing = openSealing(sealingKeys(config))
  await sealAnew({ database, sealing, telemetry })
  const stores = { config, database, clock, telemetry, samples, delivery, sealing }
  const { bootstrapApiKey } = config
  const sessions = openSessions(stores)
  const authenticate = await createAuthenticator({ ...stores, bootstrapApiKey, sessions })
  const signInLinks = options.signInLinks ? createSignInLinks(clock) : undefined
  const entry = { sessions, authenticate, signInLinks }
  const parts: Parts = { ...stores, ...entry, rotationProof, locations, limits }
  const { recheckPollMs, webhookPollMs } = options
  const work = opened.use(new AsyncDisposableStack())
  work.use(startRechecks({ ...stores, principalArn }, { pollMs: recheckPollMs }))
  work.use(startDeletions(stores))
  work.use(startSender({ ...stores, ...config.webhooks }, { pollMs: webhookPollMs }))
  const readiness = () => readReadiness({ database, samples, principal })
  const worker = { ...workerDefault, ...options.worker }
  await startOwnWorker({ ...parts, readiness, worker }, work)
  const app = await createServer({
    clock,
    telemetry,
    authenticate,
    readiness: async () =>
      (await readiness()).flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
    trustedProxies,
    ...(options.role === 'worker' ? { routes: [] } : routesOf(parts)),
  })
  // A request that is still open keeps no task from being handed to another worker.
  opened.defer(async () => void (await Promise.all([app.close(), work.disposeAsync()])))
  const url = await app.listen(config.http)
  const everything = opened.move()
  const close = () => everything.disposeAsync()
  const signInLink = (apiKey: string) => {
    assert(signInLinks !== undefined, 'This service was not asked for links.')
    return `${url}/sign-in#${signInLinks.issue(apiKey)}`
  }
  return { url, apiUrl: `${url}/v1`, signInLink, close, [Symbol.asyncDispose]: close }
}

function openOwnTelemetry(config: Config, opened: AsyncDisposableStack): Telemetry {
  const telemetry = openTelemetry({ level: config.logLevel })
  opened.defer(() => telemetry.close())
  return telemetry
}

/** Of leases, which several machines hold. The sessions of AWS go by the machine's own. */
async function openOwnClock(
  { database, telemetry }: Pick<Opening, 'database' | 'telemetry'>,
  opened: AsyncDisposableStack,
): Promise<Clock> {
  const onOffset = (aheadMs: number) =>
    telemetry.log.warn(
      { aheadMs },
      "this machine's clock is not the database's, whose time is taken",
    )
  return opened.use(await startSharedClock(database, { machine: systemClock, onOffset }))
}

interface Opening {
  config: Config
  database: Database
  clock: Clock
  telemetry: Telemetry
}

async function openOwnSamples(
  { config, database, clock, telemetry }: Opening,
  opened: AsyncDisposableStack,
): Promise<Samples> {
  const { log } = telemetry
  const clickhouse = opened.use(await openClickhouse(config, log))
  const onFault = (error: unknown) => log.warn({ error }, 'hours were not closed')
  return opened.use(await openSamples({ database, clock, clickhouse, onFault }))
}

function openOwnDelivery(
  { config, clock, telemetry }: Omit<Opening, 'database'>,
  options: ServiceOptions,
): Delivery {
  const { proofTiming, sizes, awsClock } = options
  return openDelivery({
    principalArn: config.aws.principalArn,
    aws: options.aws ?? {},
    clock,
    observer: telemetry,
    ...(proofTiming && { timing: proofTiming }),
    ...(sizes && { sizes }),
    ...(awsClock && { elapsedMs: () => awsClock.now().getTime() }),
  })
}

/** The worker closes before the spool that its files lie in. */
async function startOwnWorker(
  {
    config,
    delivery,
    worker,
    ...parts
  }: Opening &
    Pick<GaugeParts, 'readiness'> & { samples: Samples; delivery: Delivery; worker: WorkerOptions },
  opened: AsyncDisposableStack,
): Promise<void> {
  const { principalArn } = config.aws
  const spoolDirectory = join(config.dataDirectory, 'spool')
  const { spoolBytesMax } = config
  const spool = opened.use(
    await openSpool({
      directory: spoolDirectory,
      bytesMax: spoolBytesMax,
      crc64nvmeAboveBytes: delivery.sizes.wholeBytesMax,
    }),
  )
  addGauges(parts.telemetry.registry, { ...parts, spool, spoolDirectory, spoolBytesMax })
  const openBucket: WorkerDeps['openBucket'] = (scope, output, opening) =>
    openBucketOf({ ...parts, scope, delivery, principalArn }, { ...opening, output })
  opened.use(startSchedules({ ...parts, spool, openBucket }, schedules))
  opened.use(startWorker({ ...parts, spool, openBucket }, worker))
}

/** Of a laptop the key lies beside the database, whose directory this process holds. */
function sealingKeys({ databaseUrl, dataDirectory, secretKeys }: Config) {
  return databaseUrl === undefined ? [...secretKeys, keyOfDirectory(dataDirectory)] : secretKeys
}

function databaseOptions({ dataDirectory, databaseUrl }: Config) {
  return { dataDirectory, ...(databaseUrl && { url: databaseUrl.open() }) }
}

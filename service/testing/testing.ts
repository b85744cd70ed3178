/**
 * A laptop's world: an AWS, the service as a principal of its own in it, and organizations made through
 * the public API, each with an AWS account. Tests, `npm run dev`, the demo and the benchmarks stand on it.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalAccount, type LocalAws, startLocalAws } from '@sluice/local-aws'
import { readConfig } from '#config'
import { type Clock, lockDirectory } from '#database'
import type { UploadSizes } from '#delivery'
import type { WorkerOptions } from '#exports'
import type { Telemetry } from '#telemetry'
import { type Service, startService, systemClock } from '../service.ts'
import { dropTestDatabase, testClickhouseUrl } from './clickhouse.ts'
import { layEmbeddedDatabase } from './made-database.ts'
import { createOrganization } from './organization.ts'
import { testDatabaseUrl } from './postgres.ts'
import { openState, type WorldState } from './state.ts'

export { openTestApi, type TestApi } from './api.ts'
export { openTestClickhouse, type TestClickhouse } from './clickhouse.ts'
export { clockAtTenPast } from './clock.ts'
export { COMPILED_QUICKLY } from './compiled-quickly.ts'
export { type Customer, openCustomer } from './customer.ts'
export { type Exporter, openExporter } from './exporter.ts'
export { noSamples } from './no-samples.ts'
export { openTestDatabase, testDatabaseUrl } from './postgres.ts'
export { startPostgres } from './real-postgres.ts'
export { policyOf, type Rehearsal, rehearse } from './rehearsal.ts'
export { openServiceProcess } from './service-process.ts'
export { findSecrets, startListener } from './told-secrets.ts'

/** A customer: their organization in Sluice with a key and a license, and their AWS account. */
export interface WorldOrganization {
  id: string
  name: string
  apiKey: string
  licenseKey: string
  aws: LocalAccount & { region: string }
}

interface WorldOptions {
  /** Kept, with everything in it, for the next start. Absent: a temporary one that goes with the world. */
  dataDirectory?: string
  /** Absent: any free port. */
  port?: number
  awsPort?: number
  clock?: Clock
  /** AWS's time, which a test may move beside all others' to end sessions. Absent: `clock`. */
  awsClock?: Clock
  /** How far the service is ahead of everyone else, so that an hour is over before it is. */
  hoursAhead?: number
  /** Absent: the service's own, which writes to stdout. */
  telemetry?: Telemetry
  /** Between the negative probes of a role and their repetition. */
  probePauseMs?: number
  /** How long a role that refuses the right external id is asked again. */
  iamDelayMs?: number
  /** When a file goes in parts: `smallSizes` in a test of parts, which has few bytes then. */
  sizes?: UploadSizes
  /** Of the export worker: patience and leases that a test can wait for. */
  worker?: Partial<WorkerOptions>
  /** How often the service looks for a role to probe again. */
  recheckPollMs?: number
  /** How often the service looks for a webhook's message that is due. */
  webhookPollMs?: number
  /** Whether `signInLink` works. */
  signInLinks?: boolean
  /** What the service takes for AWS, in front of the local one. */
  frontOf?(awsEndpointUrl: string): Promise<string>
  /** More of the service's environment: SLUICE_LOG_LEVEL, SLUICE_SPOOL_BYTES_MAX, … */
  env?: Record<string, string>
}

export interface World extends AsyncDisposable {
  readonly url: string
  readonly apiUrl: string
  readonly aws: LocalAws
  readonly servicePrincipalArn: string
  /** Acts in every organization. */
  readonly operatorApiKey: string
  readonly dataDirectory: string
  /** Those of this start and of those before on the same data directory. */
  readonly organizations: readonly WorldOrganization[]
  createOrganization(name?: string): Promise<WorldOrganization>
  /** Of the console, for a browser on this machine, once. */
  signInLink(apiKey: string): string
  /** Closes the service and starts it again on the same data and port. */
  restartService(): Promise<void>
  /** One more service beside the first, on the same PostgreSQL and ClickHouse, with a data directory of its own. */
  startAnotherService(options?: { role?: 'worker' }): Promise<Service>
  close(): Promise<void>
}

/** Of all services and workers of tests that share a database. */
export const TEST_SECRET_KEY = Buffer.alloc(32, 'a key of tests').toString('base64')
/** The least that S3 takes for a part. */
export const smallSizes: UploadSizes = { wholeBytesMax: 5 * 1024 ** 2, partBytesMin: 5 * 1024 ** 2 }
const HOUR_MS = 3_600_000
const REGION = 'us-east-1'
/** A local AWS needs no time to hear of a new or changed role. */
const PROBE_PAUSE_MS = 100
const IAM_DELAY_MS = 1000

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  await using opened = new AsyncDisposableStack()
  const dataDirectory = options.dataDirectory ?? (await openTemporaryDirectory(opened))
  const lock = lockDirectory(dataDirectory)
  opened.defer(() => lock.release())
  // What a start that was killed has said of itself (see dev.ts) is not true any more.
  await rm(join(dataDirectory, 'dev.json'), { force: true })
  const awsClock = options.awsClock ?? options.clock
  const aws = opened.use(
    await startLocalAws({
      dataDirectory: join(dataDirectory, 'aws'),
      port: options.awsPort ?? 0,
      ...(awsClock && { clock: () => awsClock.now() }),
    }),
  )
  const file = await openState(dataDirectory, () => createState(aws))
  const { operatorApiKey, principal, organizations } = file.state
  const awsSeenByService = (await options.frontOf?.(aws.endpointUrl)) ?? aws.endpointUrl
  const databaseUrl = await testDatabaseUrl(dataDirectory)
  if (databaseUrl === undefined) await layEmbeddedDatabase(join(dataDirectory, 'service'))
  const clickhouseUrl = testClickhouseUrl(dataDirectory)
  if (clickhouseUrl !== undefined) opened.defer(() => dropTestDatabase(clickhouseUrl))
  const environment = { options, dataDirectory, databaseUrl, clickhouseUrl, state: file.state }
  const start = (port: number, place = environment, role?: 'worker') =>
    startService(readConfig(environmentOf({ ...place, port })), {
      aws: { endpoint: awsSeenByService, region: REGION, credentials: principal },
      ...clocksOf(options),
      ...(options.telemetry && { telemetry: options.telemetry }),
      proofTiming: {
        probePauseMs: options.probePauseMs ?? PROBE_PAUSE_MS,
        iamDelayMs: options.iamDelayMs ?? IAM_DELAY_MS,
      },
      signInLinks: options.signInLinks === true,
      ...(options.sizes && { sizes: options.sizes }),
      ...(options.worker && { worker: options.worker }),
      ...(options.recheckPollMs !== undefined && { recheckPollMs: options.recheckPollMs }),
      ...(options.webhookPollMs !== undefined && { webhookPollMs: options.webhookPollMs }),
      ...(role && { role }),
    })
  let service = await start(options.port ?? 0)
  let others = 0
  opened.defer(() => service.close())
  const everything = opened.move()
  const close = () => everything.disposeAsync()
  return {
    get url() {
      return service.url
    },
    get apiUrl() {
      return service.apiUrl
    },
    aws,
    servicePrincipalArn: principal.arn,
    operatorApiKey,
    dataDirectory,
    organizations,
    createOrganization: async (name = `Organization ${organizations.length + 1}`) => {
      const { apiUrl } = service
      const made = { apiUrl, operatorApiKey, aws, region: REGION, name }
      const organization = await createOrganization(made)
      await file.addOrganization(organization)
      return organization
    },
    signInLink: (apiKey) => service.signInLink(apiKey),
    restartService: async () => {
      const port = Number(new URL(service.url).port)
      await service.close()
      service = await start(port)
    },
    startAnotherService: ({ role } = {}) => {
      if (clickhouseUrl === undefined && options.env?.SLUICE_CLICKHOUSE_URL === undefined)
        throw new Error('Services that share a database need a ClickHouse that they share too.')
      others += 1
      const own = join(dataDirectory, `another-${others}`)
      return start(0, { ...environment, dataDirectory: own }, role)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Sessions end by AWS's time, whatever the service takes for now. */
function clocksOf({ clock = systemClock, awsClock = clock, hoursAhead = 0 }: WorldOptions) {
  const ahead = { now: () => new Date(clock.now().getTime() + hoursAhead * HOUR_MS) }
  return { clock: ahead, awsClock }
}

async function openTemporaryDirectory(opened: AsyncDisposableStack): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-'))
  opened.defer(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Sluice's own AWS account, with the user that the service is. */
async function createState(aws: LocalAws): Promise<WorldState<WorldOrganization>> {
  const account = await aws.createAccount()
  const { arn, accessKeyId, secretAccessKey } = await aws.createServiceUser(account, 'sluice')
  const operatorApiKey = `operator_${randomBytes(24).toString('base64url')}`
  const principal = { arn, accessKeyId, secretAccessKey }
  return { operatorApiKey, principal, organizations: [] }
}

function environmentOf(world: {
  options: WorldOptions
  dataDirectory: string
  databaseUrl: string | undefined
  clickhouseUrl: string | undefined
  port: number
  state: WorldState<WorldOrganization>
}): Record<string, string> {
  const environment: Record<string, string> = {
    SLUICE_LOG_LEVEL: 'warn',
    SLUICE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true', // a laptop's receivers are on loopback
    SLUICE_DATA_DIR: join(world.dataDirectory, 'service'),
    SLUICE_PORT: String(world.port),
    SLUICE_BOOTSTRAP_API_KEY: world.state.operatorApiKey,
    SLUICE_PRINCIPAL_ARN: world.state.principal.arn,
    ...(world.databaseUrl !== undefined && { SLUICE_DATABASE_URL: world.databaseUrl }),
    ...(world.clickhouseUrl !== undefined && { SLUICE_CLICKHOUSE_URL: world.clickhouseUrl }),
    ...world.options.env,
  }
  return environment.SLUICE_DATABASE_URL === undefined
    ? environment
    : { SLUICE_SECRET_KEY: TEST_SECRET_KEY, ...environment }
}

import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts'
import { Secret } from '#secret'
import { type Answered, callAws } from './aws-call.ts'
import { type Observer, observeCalls } from './observe-calls.ts'

export interface Session {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
  /** By the clock that only counts on: what a machine takes for the time of day may be hours from AWS's. */
  readonly endsAtMs: number
}

interface AssumeRoleInput {
  readonly region: string
  readonly roleArn: string
  readonly sessionName: string
  readonly externalId: string | undefined
  /** For the reader: how this call differs from others. */
  readonly sent: string
  readonly policy: string
  readonly signal: AbortSignal
}

/** As long as role chaining allows, which our own identity may be. */
const SESSION_SECONDS = 3600
const ATTEMPTS_MAX = 3
const CONNECTION_TIMEOUT_MS = 5_000
const SOCKET_TIMEOUT_MS = 10_000

/** Our own identity, which does nothing but assume roles, at the STS of each region. */
export interface RoleAssumer extends Disposable {
  /** Resolves for refusals too; throws only the signal's reason. */
  assume(input: AssumeRoleInput): Promise<Answered<Session>>
  /** The ARN that AWS knows us by: GetCallerIdentity needs no permission. */
  identify(at: { region: string; signal: AbortSignal }): Promise<Answered<string>>
  /** Our own region, if there is one. */
  ownRegion(): Promise<string | undefined>
}

export function createRoleAssumer(
  aws: STSClientConfig,
  options: { now(): Date; elapsedMs(): number; observer?: Observer | undefined },
): RoleAssumer {
  const { now, elapsedMs, observer } = options
  const clients = new Map<string, STSClient>()
  const clientOf = (region: string | undefined): STSClient => {
    const known = clients.get(region ?? '')
    if (known !== undefined) return known
    const client = new STSClient({
      ...aws,
      ...(region && { region }),
      maxAttempts: ATTEMPTS_MAX,
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        socketTimeout: SOCKET_TIMEOUT_MS,
      },
    })
    observeCalls(client, 'STS', observer)
    clients.set(region ?? '', client)
    return client
  }
  return {
    assume: async ({ region, sent, signal, ...input }) => {
      const command = commandOf(input)
      const told = { operation: 'AssumeRole', sent, now, signal, heard: hearRequestIds(command) }
      const send = () => clientOf(region).send(command, { abortSignal: signal })
      const endsAtMs = elapsedMs() + SESSION_SECONDS * 1000
      const { call, answer } = await callAws(told, send)
      if (answer === undefined) return { call }
      return { call, answer: sessionOf(answer.Credentials, endsAtMs) }
    },
    identify: async ({ region, signal }) => {
      const told = { operation: 'GetCallerIdentity', sent: 'our own credentials', now, signal }
      const command = new GetCallerIdentityCommand({})
      const send = () => clientOf(region).send(command, { abortSignal: signal })
      const { call, answer } = await callAws(told, send)
      return answer === undefined ? { call } : { call, answer: answer.Arn ?? 'nobody' }
    },
    ownRegion: () =>
      clientOf(undefined)
        .config.region()
        .catch(() => undefined),
    [Symbol.dispose]: () => {
      for (const client of clients.values()) client.destroy()
    },
  }
}

function commandOf(input: Omit<AssumeRoleInput, 'region' | 'sent' | 'signal'>): AssumeRoleCommand {
  const { roleArn, sessionName, externalId, policy } = input
  return new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: SESSION_SECONDS,
    Policy: policy,
    ...(externalId !== undefined && { ExternalId: externalId }),
  })
}

/** Fills up with the request id of every answer, of those too after which the SDK tries again. */
function hearRequestIds(command: AssumeRoleCommand): readonly string[] {
  const heard: string[] = []
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const headers = Object(Object(result.response).headers)
      const requestId = headers['x-amzn-requestid'] ?? headers['x-amz-request-id']
      if (typeof requestId === 'string') heard.push(requestId)
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'hearRequestIds' },
  )
  return heard
}

interface Credentials {
  AccessKeyId: string | undefined
  SecretAccessKey: string | undefined
  SessionToken: string | undefined
}

function sessionOf(credentials: Credentials | undefined, endsAtMs: number): Session {
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials ?? {}
  if (!AccessKeyId || !SecretAccessKey || !SessionToken)
    throw new Error('AWS opened a session without credentials.')
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey),
    sessionToken: new Secret(SessionToken),
    endsAtMs,
  }
}

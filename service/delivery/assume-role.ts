import { AssumeRoleCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts'
import { Secret } from '#secret'
import { type AwsFault, faultOf } from './aws-fault.ts'

export interface Session {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
  readonly expiresAt: Date
  readonly stsRequestId: string | undefined
}

export type Assumed =
  | { readonly kind: 'opened'; readonly session: Session; readonly requestId: string | undefined }
  | { readonly kind: 'failed'; readonly fault: AwsFault; readonly requestId: string | undefined }

export interface AssumeRoleInput {
  readonly region: string
  readonly roleArn: string
  readonly sessionName: string
  readonly externalId: string | undefined
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
  assume(input: AssumeRoleInput): Promise<Assumed>
  /** Our own region, if there is one. */
  ownRegion(): Promise<string | undefined>
}

export function createRoleAssumer(aws: STSClientConfig): RoleAssumer {
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
    clients.set(region ?? '', client)
    return client
  }
  return {
    assume: (input) => assume(clientOf(input.region), input),
    ownRegion: () =>
      clientOf(undefined)
        .config.region()
        .catch(() => undefined),
    [Symbol.dispose]: () => {
      for (const client of clients.values()) client.destroy()
    },
  }
}

async function assume(client: STSClient, input: AssumeRoleInput): Promise<Assumed> {
  const { roleArn, sessionName, externalId, policy, signal } = input
  signal.throwIfAborted()
  const command = new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: SESSION_SECONDS,
    Policy: policy,
    ...(externalId !== undefined && { ExternalId: externalId }),
  })
  try {
    const { Credentials, $metadata } = await client.send(command, { abortSignal: signal })
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {}
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
      throw new Error('AWS opened a session without credentials.')
    const session = {
      accessKeyId: AccessKeyId,
      secretAccessKey: new Secret(SecretAccessKey),
      sessionToken: new Secret(SessionToken),
      expiresAt: Expiration,
      stsRequestId: $metadata.requestId,
    }
    return { kind: 'opened', session, requestId: $metadata.requestId }
  } catch (error) {
    signal.throwIfAborted()
    const fault = faultOf(error)
    return { kind: 'failed', fault, requestId: fault.requestId }
  }
}

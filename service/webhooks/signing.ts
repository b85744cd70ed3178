import { randomBytes } from 'node:crypto'
import { Webhook as Signer } from 'standardwebhooks'
import { Secret } from '#secret'

const SECRET_BYTES = 32

export function newSigningSecret(): Secret {
  return new Secret(`whsec_${randomBytes(SECRET_BYTES).toString('base64')}`)
}

/** So long a secret that was replaced signs beside the new one. */
export const OLD_SECRET_HOURS = 24

interface Message {
  readonly id: string
  readonly payload: string
}

/** The headers of one attempt; a signature for each secret, divided by spaces. */
export function signatureHeaders(
  { id, payload }: Message,
  { secrets, at }: { secrets: readonly Secret[]; at: Date },
): Record<string, string> {
  const signatures = secrets.map((secret) => new Signer(secret.open()).sign(id, at, payload))
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  }
}

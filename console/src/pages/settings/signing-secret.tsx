import { ShownOnce } from '../../parts/shown-once.tsx'

/** Of a new webhook, or after a rotation. */
export function SigningSecret({ secret }: { secret: string }) {
  return (
    <ShownOnce secret={secret} what="the signing secret" title="The signing secret">
      Give it to the receiver, which verifies with it that a message is from this Sluice.
    </ShownOnce>
  )
}

import { invalidRequest } from '#errors'
import { addressIn, isPublicAddress } from './public-address.ts'

/** Whether the operator lets messages go to private addresses, and by http. */
export interface Addresses {
  readonly allowsPrivateAddresses: boolean
}

/** What can be seen of the URL itself; where its name leads is judged at each connection. Throws INVALID_REQUEST. */
export function refuseUrl(text: string, addresses: Addresses): void {
  const mistake = mistakeOf(text, addresses)
  if (mistake !== undefined) throw invalidRequest([{ field: 'url', text: mistake }])
}

function mistakeOf(text: string, { allowsPrivateAddresses }: Addresses): string | undefined {
  const example = 'such as https://hooks.example/sluice'
  if (!URL.canParse(text)) return `must be a URL ${example}`
  const url = new URL(text)
  const protocols = allowsPrivateAddresses ? ['https:', 'http:'] : ['https:']
  if (!protocols.includes(url.protocol)) return `must be an https URL ${example}`
  if (url.username !== '' || url.password !== '')
    return 'must hold no user or password; messages are signed with the webhook’s secret'
  const address = addressIn(url.hostname)
  if (address === undefined || allowsPrivateAddresses || isPublicAddress(address)) return undefined
  return `must lead to a public address; ${address} is none`
}

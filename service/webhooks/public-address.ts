import dns from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Where a webhook leads is not for the world to reach: loopback, a private net, a cloud's metadata. A name that
 * is not known is refused in the same words, or anyone could ask us which names our own network has.
 */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
  constructor() {
    super('The host’s name is not known, or its address is not public: nothing was sent.')
  }
}

/** Of IPv6 nothing else is public: https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

/**
 * Whether the internet could mean this address. An IPv4 address inside an IPv6 one is judged as itself where
 * it is mapped, and refused where it is translated or tunnelled.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST)
}

/** A URL's host, when it is an address itself; a URL's parser has read every spelling of one by then. */
export function addressIn(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? undefined : bare
}

/**
 * Resolves a name for the one connection that is about to be made, and hands out what it has judged: no
 * second answer of a name server can lead elsewhere. One address that is not public refuses them all.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(new AddressRefused(), '')
    answer(found, options.all === true, callback)
  })
}

function answer(
  found: dns.LookupAddress[],
  wantsAll: boolean,
  callback: Parameters<LookupFunction>[2],
): void {
  const [first] = found
  const isAllPublic = found.every(({ address }) => isPublicAddress(address))
  if (first === undefined || !isAllPublic) callback(new AddressRefused(), '')
  else if (wantsAll) callback(null, found)
  else callback(null, first.address, first.family)
}

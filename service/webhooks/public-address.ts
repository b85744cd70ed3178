import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { addAbortListener } from 'node:events'
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

/** Of one name server for one try, and how often each is tried. */
const NAME_SERVER_TIMEOUT_MS = 2_000
const TRIES = 2

interface Asking {
  readonly signal: AbortSignal
  /** Instead of the system's: addresses, with ports. */
  readonly nameServers?: readonly string[] | undefined
}

/**
 * Resolves a name for the one connection that is about to be made, and hands out what it has judged: no
 * second answer of a name server can lead elsewhere. One address that is not public refuses them all. Name servers
 * are asked directly: getaddrinfo has two threads for all of the process, and a customer's dead name server would
 * hold them (https://nodejs.org/api/dns.html#implementation-considerations).
 */
export function lookupPublic(asking: Asking): LookupFunction {
  return async (hostname, { all }, callback) => {
    const found = await findAddresses(hostname, asking).catch(() => [])
    const [first] = found
    const isAllPublic = found.every(({ address }) => isPublicAddress(address))
    if (first === undefined || !isAllPublic) callback(new AddressRefused(), '')
    else if (all === true) callback(null, found)
    else callback(null, first.address, first.family)
  }
}

/** IPv4 first: where there is no IPv6, nothing is tried in vain. */
async function findAddresses(
  hostname: string,
  { signal, nameServers }: Asking,
): Promise<LookupAddress[]> {
  const resolver = new Resolver({
    timeout: NAME_SERVER_TIMEOUT_MS,
    maxTimeout: NAME_SERVER_TIMEOUT_MS,
    tries: TRIES,
  })
  if (nameServers !== undefined) resolver.setServers(nameServers)
  using _ended = addAbortListener(signal, () => resolver.cancel())
  const [four, six] = await Promise.allSettled([
    resolver.resolve4(hostname),
    resolver.resolve6(hostname),
  ])
  return [
    ...(four.status === 'fulfilled' ? four.value : []).map((address) => ({ address, family: 4 })),
    ...(six.status === 'fulfilled' ? six.value : []).map((address) => ({ address, family: 6 })),
  ]
}

import { BlockList, isIP } from 'node:net'
import type { Truth } from './truth.ts'

/** A whole or decimal number. */
export function readNumber(text: string): number | undefined {
  return /^[+-]?\d{1,30}(\.\d{1,30})?$/.test(text) ? Number(text) : undefined
}

const ISO_DATE = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?)?)?$/

/** Milliseconds of a W3C date or of seconds since 1970. Four digits are a year. */
export function readDate(text: string): number | undefined {
  if (ISO_DATE.test(text)) {
    const instant = Date.parse(text)
    return Number.isNaN(instant) ? undefined : instant
  }
  return /^\d{1,15}$/.test(text) ? Number(text) * 1000 : undefined
}

export function readBool(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  return lower === 'true' || lower === 'false' ? lower === 'true' : undefined
}

/** Base64, in its canonical spelling so that equal bytes are equal text. */
export function readBinary(text: string): string | undefined {
  const canonical = Buffer.from(text, 'base64').toString('base64')
  return canonical.replace(/=+$/, '') === text.replace(/=+$/, '') ? canonical : undefined
}

/**
 * Whether the address lies in the CIDR range; a range without a length is one address. IPv4 in
 * IPv6 is IPv4.
 */
export function addressRangeHolds(range: string, address: string): Truth {
  const [network = '', lengthText, ...more] = range.split('/')
  const bitsMax = isIP(network) === 4 ? 32 : 128
  const length = lengthText === undefined ? bitsMax : readLength(lengthText)
  if (isIP(network) === 0 || isIP(address) === 0 || more.length > 0) return 'unknown'
  if (length === undefined || length > bitsMax) return 'unknown'
  const list = new BlockList()
  list.addSubnet(network, length, familyOf(network))
  return list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}

function readLength(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined
}

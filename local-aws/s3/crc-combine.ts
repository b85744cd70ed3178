/**
 * CRCs as polynomials over GF(2), bit-reflected: the CRC of two runs of bytes comes out of theirs
 * without reading the bytes again. So the checksum of a multipart upload's whole object follows from
 * those of its parts.
 */
interface Crc {
  bits: bigint
  /** Reversed, as the reflected algorithm uses it. */
  polynomial: bigint
}

export const crcs: Record<'crc32' | 'crc32c' | 'crc64nvme', Crc> = {
  crc32: { bits: 32n, polynomial: 0xedb88320n },
  crc32c: { bits: 32n, polynomial: 0x82f63b78n },
  crc64nvme: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
}

/** Gives the CRC of all runs together, from the CRC and the length of each. */
export function combineCrcs(crc: Crc, runs: readonly { crc: bigint; bytes: number }[]): bigint {
  const shifts = new Map<number, bigint>() // the parts of an upload mostly have one size
  return runs.reduce((sum, run) => {
    const shift = shifts.get(run.bytes) ?? shiftOf(crc, run.bytes)
    shifts.set(run.bytes, shift)
    return multiply(crc, shift, sum) ^ run.crc
  }, 0n)
}

/** x to the power of the number of bits, modulo the polynomial. */
function shiftOf(crc: Crc, bytes: number): bigint {
  let power = 1n << (crc.bits - 2n) // x
  for (let doubling = 0; doubling < 3; doubling += 1) power = multiply(crc, power, power)
  let result = 1n << (crc.bits - 1n) // 1
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(crc, power, result)
    power = multiply(crc, power, power)
  }
  return result
}

function multiply({ bits, polynomial }: Crc, a: bigint, b: bigint): bigint {
  let product = 0n
  let shifted = b
  for (let bit = 1n << (bits - 1n); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n
  }
  return product
}

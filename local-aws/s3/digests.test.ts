import assert from 'node:assert/strict'
import { test } from 'node:test'
import { combineCrcs, crcs } from './crc-combine.ts'
import { checksumAlgorithms, createDigester, type Digests } from './digests.ts'

/** Check values of "123456789": https://reveng.sourceforge.io/crc-catalogue/all.htm */
const known: Digests = {
  crc32: Buffer.from('cbf43926', 'hex').toString('base64'),
  crc32c: Buffer.from('e3069283', 'hex').toString('base64'),
  crc64nvme: Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
  sha1: Buffer.from('f7c3bc1d808e04732adf679965ccc34ca7ae3441', 'hex').toString('base64'),
  md5: Buffer.from('25f9e794323b453885f5181f1b624d0b', 'hex').toString('base64'),
}

test('every checksum has the value that its specification gives', async () => {
  const digester = await createDigester(['crc32', 'crc32c', 'crc64nvme', 'sha1', 'md5'])
  digester.update(Buffer.from('1234'))
  digester.update(Buffer.from('56789'))
  assert.deepEqual(digester.digest(), known)
})

test('a digester that has ended does not touch the next', async () => {
  const digests = ['ab', 'ab'].map(async (text) => {
    const digester = await createDigester(checksumAlgorithms)
    digester.update(Buffer.from(text))
    return digester.digest()
  })
  const [first, second] = await Promise.all(digests)
  assert.deepEqual(first, second)
})

for (const algorithm of ['crc32', 'crc32c', 'crc64nvme'] as const) {
  test(`the ${algorithm} of a whole follows from those of its parts`, async () => {
    const parts = ['12', '345678', '', '9'].map((text) => Buffer.from(text))
    const runs = await Promise.all(
      parts.map(async (bytes) => {
        const digester = await createDigester([algorithm])
        digester.update(bytes)
        return { crc: toBigInt(digester.digest()[algorithm]), bytes: bytes.length }
      }),
    )
    assert.equal(combineCrcs(crcs[algorithm], runs), toBigInt(known[algorithm]))
  })
}

function toBigInt(base64 = ''): bigint {
  return BigInt(`0x${Buffer.from(base64, 'base64').toString('hex')}`)
}

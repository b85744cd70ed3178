import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import dns from 'node:dns'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import ipaddr from 'ipaddr.js'
import { post } from './post.ts'
import { addressIn, isPublicAddress } from './public-address.ts'
import { refuseUrl } from './url.ts'

const refused = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.9.9.9'],
  ...['169.254.169.254', '169.254.170.2', '172.16.0.1', '172.31.255.255', '192.0.0.192'],
  ...['192.0.2.1', '192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1'],
  ...['240.0.0.1', '255.255.255.255', '::', '::1', 'fe80::1', 'fc00::1', 'fd00:ec2::254'],
  ...['ff02::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '::127.0.0.1'],
  ...['64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', '100::1'],
  ...['fec0::1', '4000::1', '', 'localhost'],
]

test('addresses that are not public are refused, in IPv6 clothes too', () => {
  for (const address of refused) assert.equal(isPublicAddress(address), false, address)
})

test('public addresses are not', () => {
  for (const address of ['1.1.1.1', '172.15.0.1', '172.32.0.1', '52.94.133.131', '::ffff:1.1.1.1'])
    assert.equal(isPublicAddress(address), true, address)
  for (const address of ['2606:4700:4700::1111', '2a05:d018::1'])
    assert.equal(isPublicAddress(address), true, address)
})

test('every spelling of an address in a URL is seen as one', () => {
  const spellings = ['127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.0.0.1', '[::1]']
  for (const host of [...spellings, '[::ffff:127.0.0.1]', '１２７.0.0.1']) {
    const { hostname } = new URL(`https://${host}/`)
    const address = addressIn(hostname)
    assert(address !== undefined && !isPublicAddress(address), host)
    assert.throws(() => refuseUrl(`https://${host}/`, { allowsPrivateAddresses: false }), /public/)
  }
  assert.equal(addressIn('example.com'), undefined)
})

/** Counts what gets through to loopback. */
async function openReceiver(t: TestContext): Promise<{ port: number; connections: number }> {
  const receiver = { port: 0, connections: 0 }
  const server = createServer((_request, response) => response.end())
  server.on('connection', () => {
    receiver.connections += 1
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  const address = server.address()
  receiver.port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return receiver
}

const IN_A = 1
const IN_AAAA = 28

/**
 * A name server that says this, in turn: addresses, or the code of a failure; undefined: it does not answer. Whoever
 * asks the system instead, on the threads that all share, fails.
 */
async function answerNames(t: TestContext, answers: (string[] | number | undefined)[]) {
  t.mock.method(dns, 'lookup', () => assert.fail('the system was asked'))
  const asked = { [IN_A]: 0, [IN_AAAA]: 0 }
  const socket = createSocket('udp4', (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 5
    const kind = query.readUInt16BE(end - 4) as keyof typeof asked
    const answer = answers[Math.min(asked[kind], answers.length - 1)]
    asked[kind] += 1
    if (answer === undefined) return
    const found = typeof answer === 'number' ? [] : answer.map((each) => record(each))
    const records = found.filter(({ type }) => type === kind).map(({ bytes }) => bytes)
    const header = Buffer.alloc(12)
    query.copy(header, 0, 0, 2)
    header.writeUInt16BE(0x8180 + (typeof answer === 'number' ? answer : 0), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records.length, 6)
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), port, address)
  })
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done))
  t.after(() => socket.close())
  const nameServers = [`127.0.0.1:${socket.address().port}`]
  return { nameServers, asked: () => [asked[IN_A], asked[IN_AAAA]] }
}

/** Of the name that was asked for, to be forgotten at once: https://www.rfc-editor.org/rfc/rfc1035#section-4.1.3 */
function record(address: string): { type: number; bytes: Buffer } {
  const parts = ipaddr.parse(address).toByteArray()
  const type = parts.length === 4 ? IN_A : IN_AAAA
  return {
    type,
    bytes: Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, parts.length, ...parts]),
  }
}

const sent = { headers: {}, body: '{}', signal: new AbortController().signal }
const strict = { ...sent, allowsPrivateAddresses: false }

test('a name that leads to a private address is refused where it is resolved for the connection', async (t) => {
  for (const answer of [
    ...[['127.0.0.1'], ['1.1.1.1', '127.0.0.1'], ['169.254.169.254'], []],
    ...[['::1'], ['1.1.1.1', '::1'], ['127.0.0.1', '2606:4700:4700::1111']],
  ]) {
    const receiver = await openReceiver(t)
    const { nameServers, asked } = await answerNames(t, [answer])
    const url = new URL(`https://rebinding.example:${receiver.port}/`)
    const { problem } = await post({ ...strict, url, nameServers })
    assert.match(problem ?? '', /not public/)
    assert.deepEqual([receiver.connections, asked()], [0, [1, 1]])
    t.mock.restoreAll()
  }
})

test('a name that is not known reads like one that leads to a private address', async (t) => {
  const problems: (string | undefined)[] = []
  const [noName, refused] = [3, 5]
  for (const answer of [['10.0.0.1'], [], noName, refused]) {
    const { nameServers } = await answerNames(t, [answer])
    const { problem } = await post({
      ...strict,
      url: new URL('https://inside.example/'),
      nameServers,
    })
    problems.push(problem)
    t.mock.restoreAll()
  }
  assert.match(problems[0] ?? '', /not public/)
  assert.deepEqual(new Set(problems).size, 1, problems.join())
})

test('the address that was judged is the one that is connected to: a name is asked for once', async (t) => {
  const receiver = await openReceiver(t)
  const { nameServers, asked } = await answerNames(t, [['192.88.98.1'], ['127.0.0.1']])
  const url = new URL(`https://rebinding.example:${receiver.port}/`)
  const { problem } = await post({ ...strict, url, nameServers, timeoutMs: 200 })
  assert(problem !== undefined)
  assert.doesNotMatch(problem, /not public/)
  assert.deepEqual([receiver.connections, asked()], [0, [1, 1]])
})

test('a name server that does not answer holds an attempt no longer than its time', async (t) => {
  const { nameServers } = await answerNames(t, [undefined])
  const url = new URL('https://silent.example/')
  const { problem } = await post({ ...strict, url, nameServers, timeoutMs: 100 })
  assert.match(problem ?? '', /longer than 100 ms/)
})

test('an address in the URL, and http, are refused without a connection, and go where they are allowed', async (t) => {
  const receiver = await openReceiver(t)
  for (const scheme of ['http', 'https']) {
    const url = new URL(`${scheme}://127.0.0.1:${receiver.port}/`)
    const { problem } = await post({ ...sent, url, allowsPrivateAddresses: false })
    assert.match(problem ?? '', /not public/)
  }
  assert.equal(receiver.connections, 0)
  const url = new URL(`http://127.0.0.1:${receiver.port}/`)
  assert.deepEqual(await post({ ...sent, url, allowsPrivateAddresses: true }), {
    responseCode: 200,
  })
})

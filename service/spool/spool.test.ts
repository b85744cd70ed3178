import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { TransientError } from '#errors'
import { openSpool } from './spool.ts'

const MiB = 1_048_576
const signal = new AbortController().signal

async function newSpool(t: TestContext, bytesMax = 64 * MiB) {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-spool-'))
  const spool = await openSpool({ directory, bytesMax })
  t.after(async () => {
    await spool.close()
    await rm(directory, { recursive: true })
  })
  return { directory, spool }
}

function zeros(bytes: number): Readable {
  return Readable.from(
    (function* () {
      for (let left = bytes; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536))
    })(),
  )
}

/** Bytes that never end until they are pushed or stopped. */
function endless(): Readable {
  return new Readable({ read() {} })
}

async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true })
  return names.filter((entry) => entry.isFile() && !entry.name.endsWith('.lock')).map((e) => e.name)
}

function hasCode(code: string) {
  return (error: unknown) => error instanceof TransientError && error.code === code
}

test('a file larger than the whole spool is an error and leaves nothing', async (t) => {
  const { spool, directory } = await newSpool(t, 3 * MiB)
  await assert.rejects(spool.write(zeros(5 * MiB), { signal }), hasCode('SPOOL_FILE_TOO_LARGE'))
  assert.deepEqual(await filesIn(directory), [])
  assert.equal(spool.bytesUsed, 0)
})

test('a full disk is a clear error and leaves nothing', {
  skip: process.platform !== 'linux' && 'needs /dev/full',
}, async (t) => {
  const { spool, directory } = await newSpool(t)
  const folder = (await readdir(directory)).find((name) => !name.endsWith('.lock')) ?? ''
  await symlink('/dev/full', join(directory, folder, '1'))
  await assert.rejects(spool.write(zeros(9 * MiB), { signal }), hasCode('SPOOL_DISK_FULL'))
  assert.deepEqual(await readdir(join(directory, folder)), [])
  await using after = await spool.write(Readable.from(['fits']), { signal })
  assert.equal(after.bytes, 4)
})

test('a source that fails midway fails the write with its own error and leaves nothing', async (t) => {
  const { spool, directory } = await newSpool(t)
  const source = endless()
  source.push(Buffer.alloc(3 * MiB))
  const written = spool.write(source, { signal })
  source.destroy(new Error('the store went away'))
  await assert.rejects(written, /the store went away/)
  assert.deepEqual(await filesIn(directory), [])
  assert.equal(spool.bytesUsed, 0)
})

test('an aborted write ends with the reason, stops its source and leaves nothing', async (t) => {
  const { spool, directory } = await newSpool(t)
  const controller = new AbortController()
  const source = endless()
  source.push(Buffer.alloc(2 * MiB))
  const written = spool.write(source, { signal: controller.signal })
  controller.abort(new Error('stop'))
  await assert.rejects(written, /^Error: stop$/)
  assert.equal(source.destroyed, true)
  assert.deepEqual(await filesIn(directory), [])
})

test('when unfinished files alone fill the spool, the youngest is sent away and the other ends', async (t) => {
  const { spool } = await newSpool(t, 4 * MiB)
  const [elder, younger] = [endless(), endless()]
  const first = spool.write(elder, { signal })
  const second = spool.write(younger, { signal })
  const refused = assert.rejects(second, hasCode('SPOOL_FULL'))
  elder.push(Buffer.alloc(2 * MiB))
  younger.push(Buffer.alloc(2 * MiB))
  await untilTrue(() => spool.bytesUsed === 4 * MiB)
  younger.push(Buffer.alloc(MiB))
  elder.push(Buffer.alloc(MiB))
  elder.push(null)
  await refused
  await using file = await first
  assert.equal(file.bytes, 3 * MiB)
})

test('a write waits until a finished file goes', async (t) => {
  const { spool } = await newSpool(t, 4 * MiB)
  const first = await spool.write(zeros(3 * MiB), { signal })
  let isWritten = false
  const second = spool.write(zeros(3 * MiB), { signal }).then((file) => {
    isWritten = true
    return file
  })
  await untilTrue(() => spool.bytesUsed === 4 * MiB)
  assert.equal(isWritten, false)
  await first[Symbol.asyncDispose]()
  await using file = await second
  assert.equal(file.bytes, 3 * MiB)
  await assert.rejects(access(first.path), { code: 'ENOENT' })
})

test('a write that waits for room can be aborted', async (t) => {
  const { spool } = await newSpool(t, 2 * MiB)
  await using _held = await spool.write(zeros(2 * MiB), { signal })
  const controller = new AbortController()
  const waiting = spool.write(zeros(MiB), { signal: controller.signal })
  controller.abort(new Error('stop'))
  await assert.rejects(waiting, /^Error: stop$/)
  assert.equal(spool.bytesUsed, 2 * MiB)
})

test('the hashes are those of the bytes: a known vector, an empty file, and many buffers', async (t) => {
  const { spool } = await newSpool(t)
  await using vector = await spool.write(Readable.from(['12345', '6789']), { signal })
  // The check value of CRC-64/NVME: https://reveng.sourceforge.io/crc-catalogue/all.htm
  assert.equal(Buffer.from(vector.crc64nvme, 'base64').toString('hex'), 'ae8b14860a799888')
  assert.equal(vector.md5, '25f9e794323b453885f5181f1b624d0b')
  await using empty = await spool.write(Readable.from([]), { signal })
  assert.equal(empty.bytes, 0)
  assert.equal(empty.crc64nvme, 'AAAAAAAAAAA=')
  assert.equal((await stat(empty.path)).size, 0)
  const content = Buffer.from(Array.from({ length: 5 * MiB + 17 }, (_, i) => (i * 31) >> 3))
  await using large = await spool.write(
    Readable.from([content.subarray(0, 3), content.subarray(3)]),
    {
      signal,
    },
  )
  assert.equal(large.sha256, createHash('sha256').update(content).digest('hex'))
  assert.equal(large.bytes, content.length)
  assert.ok(content.equals(await readFile(large.path)))
})

test('opening removes what a killed process left, and nothing of a living one', async (t) => {
  const { spool: living, directory } = await newSpool(t)
  await using kept = await living.write(Readable.from(['alive']), { signal })
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { openSpool } from ${JSON.stringify(new URL('./spool.ts', import.meta.url).href)}
       import { Readable } from 'node:stream'
       const spool = await openSpool({ directory: process.argv[1], bytesMax: 1e6 })
       await spool.write(Readable.from(['left']), { signal: new AbortController().signal })
       setInterval(() => {}, 1e6)
       console.log('written')`,
      directory,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  assert.equal((await filesIn(directory)).length, 2)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const next = await openSpool({ directory, bytesMax: MiB })
  assert.equal((await filesIn(directory)).length, 1)
  assert.equal(await readFile(kept.path, 'utf8'), 'alive')
  await next.close()
})

test('a gigabyte costs the main thread less than 1.5 s', async (t) => {
  const { spool } = await newSpool(t, 1_200 * MiB)
  const chunk = Buffer.alloc(65_536, 'a line of text\n')
  let left = Math.ceil(1_060_000_000 / chunk.length)
  const source = new Readable({
    highWaterMark: MiB,
    read() {
      this.push(left-- > 0 ? chunk : null)
    },
  })
  const before = process.threadCpuUsage()
  const started = performance.now()
  await using file = await spool.write(source, { signal })
  const cpu = process.threadCpuUsage(before)
  const cpuMs = Math.round((cpu.user + cpu.system) / 1000)
  t.diagnostic(
    `${cpuMs} ms of the main thread, ${Math.round(performance.now() - started)} ms in all`,
  )
  assert.ok(file.bytes >= 1_060_000_000)
  assert.ok(cpuMs < 1_500, `${cpuMs} ms`)
})

async function untilTrue(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'the condition never came true')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
